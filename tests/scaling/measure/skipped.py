"""What a fact costs a front on which nobody listens to its room, without fetching it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from uuid import UUID

from schemas.contexts.messages import MESSAGE
from tests.bench.facts import Facts
from tests.bench.live import PARTITIONS
from tests.bench.scenes.bench import Bench
from tests.scaling.constants import Constant
from web.outcomes import handler

ROOMS = 400
ROUNDS = 3
_Records = Sequence[tuple[int, bytes, bytes]]


class _Waiting:
    """In place of the front's wishes: whether somebody waits in every partition."""

    def __init__(self, *, waits: bool) -> None:
        self._waits = waits
        self._waiting: dict[str, object] = {}

    def waits(self, _topic: str, _partition: int) -> bool:
        return self._waits

    def resolve(self, _topic: str, _partition: int, identity: str, _record: object) -> None:
        self._waiting.get(identity)


def _facts(count: int, vocabulary: int) -> Iterator[tuple[int, bytes, bytes]]:
    """Keyed as a chat worker keys them."""
    facts = Facts(vocabulary, ROOMS, PARTITIONS)
    rooms = [str(UUID(int=number + 1)) for number in range(ROOMS)]
    for number in range(count):
        room = rooms[number % ROOMS]
        place, value = facts.next(room_id=room)
        yield place, room.encode(), value


def skipped(bench: Bench) -> list[Constant]:
    """The handler of a front's tail alone: facts are decoded where a wish is under way."""
    count = bench.sizes.skipped
    bench.say(f"{count:,} facts that a front passes over …")
    records = list(_facts(count, bench.sizes.vocabulary))
    passed, decoded = (_cpu(records, waits=waits) for waits in (False, True))
    size = sum(len(value) for _, _, value in records) / count
    told = "front, a fact of a room nobody there listens to, without fetching it"
    unit = "s per 1,000 facts"
    return [
        Constant("cpu.front.skipped", passed, unit, told),
        Constant(
            "cpu.front.decoded", decoded, unit, f"{told}, with a wish under way in its partition"
        ),
        Constant("bytes.fact", size, "bytes", "a fact's record, without its key and heads"),
    ]


def _cpu(records: _Records, *, waits: bool) -> float:
    """CPU seconds per 1,000 facts, the best of some rounds."""
    rooms: dict[bytes, object] = {}
    on_record = handler(
        _Waiting(waits=waits),  # type: ignore[arg-type]
        MESSAGE.request,
        MESSAGE.response,
        lambda _partition, _record: None,
        lambda key: rooms.get(key) is not None,
    )
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        for partition, key, value in records:
            on_record(partition, key, value)
        best = min(best, time.process_time() - began)
    return 1000 * best / len(records)
