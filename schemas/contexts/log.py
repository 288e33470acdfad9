"""Log: every accepted fact in Elasticsearch, for analysts and for the search."""

from __future__ import annotations

from schemas.context import Context
from schemas.services import LOG

CONTEXT = Context(name="log", service=LOG)
