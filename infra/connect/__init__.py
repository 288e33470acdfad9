"""Kafka Connect: its connectors and what is asked of it."""
