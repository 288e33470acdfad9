"""Makes the files of Prometheus, Alertmanager and Grafana of their sources."""
