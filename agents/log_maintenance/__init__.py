"""Copies in Elasticsearch looked after: compared with Postgres, and removed when they are old."""
