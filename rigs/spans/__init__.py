"""scripts/spans-check: whether a real Zipkin and a real Jaeger show the chains that the job writes as spans."""
