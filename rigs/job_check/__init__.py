"""scripts/job-check: `callweave job` against a real cluster, under load."""
