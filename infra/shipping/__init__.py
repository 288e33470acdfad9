"""Carrying lines of logs to Kafka: by rsyslog, or where it is not there by a shipper of ours."""
