"""scripts/compose-check: docker-compose.yml and Dockerfile.flink on a real Docker engine."""
