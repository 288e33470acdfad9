"""The limit of the log: documents that are made already, by the client's own `async_bulk`.

`python -m tests.bench.bare_bulk`, a BulkJob on stdin.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import uvloop
from elasticsearch import AsyncElasticsearch
from elasticsearch.helpers import async_bulk

from tests.bench.wire import Bulked, BulkJob, Event, tell


def _actions(path: str) -> Iterator[dict[str, Any]]:
    with Path(path).open("rb") as lines:
        for line in lines:
            yield msgspec.json.decode(line)


async def _main() -> None:
    job = msgspec.json.decode(sys.stdin.buffer.readline(), type=BulkJob)
    actions = list(_actions(job.path))
    async with AsyncElasticsearch(job.url, request_timeout=60) as client:
        began, cpu = time.perf_counter(), time.process_time()
        stored, _ = await async_bulk(client, actions)
        took = time.perf_counter() - began
        tell(Event("result", bulked=Bulked(stored, took, time.process_time() - cpu)))


if __name__ == "__main__":
    uvloop.run(_main())
