"""A Kafka broker on the loopback, and the load that is written to it."""
