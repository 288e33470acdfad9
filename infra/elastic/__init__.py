"""Elasticsearch: the client, the index templates, writing documents, searching messages."""
