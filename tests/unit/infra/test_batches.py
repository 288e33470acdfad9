"""Records of a partition go to the producer in whole batches, in order."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from infra.kafka.producer import send_batches


class Inner:
    """aiokafka's producer with batches of few bytes; `kept` is what the broker has."""

    def __init__(self) -> None:
        self.kept: list[tuple[bytes, bytes | None]] = []

    def create_batch(self) -> BatchBuilder:
        return BatchBuilder(200, 0)

    async def send_batch(
        self, batch: BatchBuilder, _topic: str, *, partition: int
    ) -> asyncio.Future[Any]:
        assert (partition, batch.closed()) == (3, True)
        done = asyncio.get_running_loop().create_future()
        done.set_result(SimpleNamespace(offset=len(self.kept)))
        found = MemoryRecords(bytes(batch._build()))
        while (each := found.next_batch()) is not None:
            self.kept += [(record.key, record.value) for record in each]
        return done


@pytest.mark.parametrize("count", [0, 1, 2, 9, 50])
async def test_every_record_is_in_one_batch_in_order_however_many_it_takes(count: int) -> None:
    inner = Inner()
    app: Any = SimpleNamespace(producer=SimpleNamespace(inner=inner))
    # One is larger than what a batch is made for: it has one of its own.
    sizes = [500 if n == 4 else n for n in range(count)]
    rows = [(b"%d" % n, None if n % 7 == 6 else bytes(size)) for n, size in enumerate(sizes)]
    spans = await send_batches(app, "t", 3, rows)
    assert inner.kept == rows
    assert [first for first, _ in spans] == [
        sum(n for _, n in spans[:i]) for i in range(len(spans))
    ]
    assert sum(many for _, many in spans) == count
    assert all(many for _, many in spans)
