"""(j): how many records the counts of a message cost, by the size of a batch; without I/O."""

from __future__ import annotations

import asyncio
from collections import Counter

from agents.stats.counters import MessageCounter
from infra.text.korean import Words
from schemas import codec
from schemas.contexts.messages import MESSAGE
from tests.bench.facts import Facts
from tests.bench.live import PARTITIONS
from tests.bench.report import Aim, Section, Table, number
from tests.bench.scenes.backlog import BY_ROOM
from tests.bench.scenes.bench import Bench
from tests.fakes.tables import FakeStats

BATCHES = (1, 10, 100, 500, 1000)
AIMED_AT = 500
AIM = 4.0


def changelog_writes(bench: Bench) -> Section:
    """Count the same facts in batches of every size, and the writes of every table."""
    sizes = bench.sizes
    bench.say("changelog records by the size of a batch …")
    facts = Facts(sizes.vocabulary, max(1, sizes.rooms // PARTITIONS), 1)
    topic = MESSAGE.response.name
    said = [codec.decode(topic, facts.next()[1]) for _ in range(sizes.batched)]
    words = Words()
    found = {size: asyncio.run(_writes(words, said, size)) for size in BATCHES}
    rows = [
        [f"{size:,}", *(number(figure) for figure in (everywhere, by_room))]
        for size, (everywhere, by_room) in found.items()
    ]
    return Section(
        "j",
        "changelog records a message, by the size of a batch",
        [Table(("messages a batch", "all rooms", "by room"), rows)],
        [Aim(f"all rooms, in batches of {AIMED_AT}", found[AIMED_AT][0], AIM, "a message")],
        [f"{sizes.batched:,} messages of one partition, counted into tables in memory."],
    )


async def _writes(words: Words, said: list[object], size: int) -> tuple[float, float]:
    """Records a message: of all tables but those of rooms, and of rooms."""
    stats = FakeStats()
    counter = MessageCounter(stats.tables, words)
    cursor = 0
    for start in range(0, len(said), size):
        cursor = await counter.count(0, cursor, said[start : start + size])  # type: ignore[arg-type]
        await stats.tables.messages.move(0, cursor)
    by_table = Counter(line.partition(" ")[0] for line in stats.log)
    by_room = by_table.pop(BY_ROOM, 0)
    return by_table.total() / len(said), by_room / len(said)
