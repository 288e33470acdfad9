"""Panels and dashboards over what the log keeps: for Kibana, and for the pages of operators."""
