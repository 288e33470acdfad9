"""Where a worker is in the partitions that it holds, by what Faust tells of itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from faust.types import TP
from faust.types.app import AppT

from infra.faust import held

Place = tuple[str, int]


async def positions(app: AppT) -> Mapping[Place, tuple[int, int]]:
    """The next offset that is not committed and the end, of each partition of a source topic.

    Asks the broker, and raises as aiokafka does when it does not answer. Changelogs are not among
    them: nobody commits there.
    """
    consumer: Any = app.consumer
    places = [tp for tp in consumer.assignment() if not tp.topic.endswith("-changelog")]
    if not places:
        return {}
    ends: Mapping[TP, int] = await consumer.highwaters(*places)
    begins: Mapping[TP, int] = await consumer.earliest_offsets(*places)
    return {
        (tp.topic, tp.partition): (_committed(app, tp, begins.get(tp, 0)), end)
        for tp, end in ends.items()
    }


def _committed(app: AppT, tp: TP, first: int) -> int:
    """As this worker committed it, or found it when it was given the partition."""
    monitor: Any = app.monitor
    own = monitor.tp_committed_offsets.get(tp)
    begin = held.begin_of(app, tp.topic, tp.partition)
    return max(first, own or 0, begin or 0)
