"""Dashboards for Grafana, as data, and as the files made of it."""
