"""scripts/s3-check: checkpoints, savepoints and what a JobManager must not forget, on S3."""
