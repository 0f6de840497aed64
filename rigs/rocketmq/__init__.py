"""scripts/rocketmq-check: the job between RocketMQ and Kafka on a real cluster, with TaskManagers that are killed."""
