"""How late lines of logs are in the index, and whether any come at all."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable

from prometheus_client import Gauge, Histogram

from agents.periodic_check import PeriodicCheck
from chatstream.domain.documents import Document
from chatstream.domain.line_documents import dataset_of
from chatstream.domain.log_lines.datasets import APP
from chatstream.domain.times import from_text

AGE = Histogram(
    "chatstream_log_line_age_seconds",
    "how long ago a line was written when it is in the index",
    ["dataset"],
    buckets=(0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200),
)
NEWEST = Gauge(
    "chatstream_log_newest_line_timestamp_seconds",
    "when the newest of the lines that this worker brought into the index was written",
    ["dataset"],
)
INTERVAL = 60.0
"""Seconds between two beats."""

_beat = logging.getLogger(f"{__name__}.beat")


class LineAges:
    """Measures lines as they are kept; one for each worker.

    Of `chatstream.app` the newest is the worker's own start until a line came: that none ever comes
    is seen too.
    """

    def __init__(self) -> None:
        self._newest = {APP: 0.0}
        self._seen(APP, time.time())

    def kept(self, documents: Iterable[Document]) -> None:
        """These are in the index; a line whose clock is ahead is one of this moment."""
        now = time.time()
        for document in documents:
            written = from_text(str(document.body["@timestamp"])).timestamp()
            dataset = dataset_of(document)
            AGE.labels(dataset).observe(max(0.0, now - written))
            self._seen(dataset, min(now, written))

    def _seen(self, dataset: str, written: float) -> None:
        if written > self._newest.get(dataset, 0.0):
            self._newest[dataset] = written
            NEWEST.labels(dataset).set(written)


class LineBeat(PeriodicCheck):
    """Says a line a minute, whatever the log level: nobody is silent because nothing happens.

    It goes the way of every line, so the age of the newest one tells whether that way is open.
    """

    what = "the way of lines"

    def __init__(self, interval: float = INTERVAL) -> None:
        super().__init__(interval)
        _beat.setLevel(logging.INFO)

    async def check(self) -> None:
        """Say it."""
        _beat.info("lines of logs are carried")
