"""What is measured of bulk writes: how long they take, how large they are, what became of each."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

SECONDS = Histogram(
    "chatstream_bulk_duration_seconds",
    "of one bulk write to Elasticsearch, failed ones too",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
DOCUMENTS = Histogram(
    "chatstream_bulk_documents",
    "documents of one bulk write",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000),
)
_OUTCOMES = Counter(
    "chatstream_bulk_items", "documents of bulk writes, by what became of them", ["outcome"]
)
STORED = _OUTCOMES.labels("stored")
REFUSED = _OUTCOMES.labels("refused")
DELAYED = _OUTCOMES.labels("delayed")
