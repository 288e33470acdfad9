"""What travels on Kafka: the records, and every topic once."""
