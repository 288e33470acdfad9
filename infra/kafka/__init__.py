"""Kafka: the Faust application class, the producer, the group-less tail, topic administration."""
