"""scripts/spans-check: whether a real Zipkin shows the chains that the job writes as spans."""
