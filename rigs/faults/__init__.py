"""scripts/faults: harms the job, the cluster and the broker, and compares the result."""
