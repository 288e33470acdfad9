"""What a word of the live tables and a member of a room take in a worker."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from uuid import UUID

from chatstream.domain.partitions import partition_of
from infra.embedded.services import ProcessCounts
from infra.embedded.waiting import wait_until
from tests.bench.live import PARTITIONS, Live, changelog, live_stack
from tests.bench.scenes.bench import Bench
from tests.bench.scenes.million import rows_of
from tests.client.metrics import samples
from tests.scaling.constants import Constant
from tests.scaling.measure.stores import folder

STATS, CHAT = "stats-1", "chat-1"
MEMBERS_CHANGELOG = "chatstream-chat-room_members-changelog"
_ROOM = 100


def _members(count: int) -> Iterator[tuple[int, bytes, bytes]]:
    """Rows of `room_members`: rooms of a hundred."""
    for number in range(count):
        room = str(UUID(int=number // _ROOM + 1))
        partition = partition_of(room, PARTITIONS)
        key = json.dumps(f"{room}:{UUID(int=number)}").encode()
        yield partition, key, json.dumps([number + 1, 1]).encode()


def tables(bench: Bench) -> list[Constant]:
    """Fill each changelog, and let a worker without data read it."""
    size = bench.sizes.table_rows
    bench.say(f"tables of {size:,} words and {size:,} members …")
    with live_stack(bench.stack, ProcessCounts(stats=1, chat=1)) as live:
        words = _words(live, size)
        members = _room_members(live, size)
    found = []
    for name, (memory, disk), what in (
        ("word", words, "a word of `word_counts`"),
        ("member", members, "a member of `room_members`"),
    ):
        told = f"{what}, {size:,} of them, read from the changelog"
        memory_told = f"resident memory of {told}"
        found.append(Constant(f"memory.{name}", memory / size, "bytes", memory_told))
        found.append(Constant(f"bytes.rocksdb.{name}", disk / size, "bytes", f"disk of {told}"))
    return found


def _words(live: Live, size: int) -> tuple[float, float]:
    live.start(STATS)
    empty = live.memory(STATS)
    live.stack.stop_process(STATS)
    live.produce(changelog("word_counts"), rows_of(size))
    live.start(STATS, fresh=True)
    return _grown(live, STATS, empty)


def _room_members(live: Live, size: int) -> tuple[float, float]:
    stack = live.stack
    stack.start_process(CHAT)
    stack.wait_ready(CHAT)
    empty = live.memory(CHAT)
    stack.stop_process(CHAT)
    live.produce(MEMBERS_CHANGELOG, _members(size))
    stack.start_process(CHAT)
    stack.wait_ready(CHAT)
    wait_until(lambda: _held(live) >= size * 0.9, 300, "the members' table")
    return _grown(live, CHAT, empty)


def _held(live: Live) -> float:
    found = asyncio.run(samples(live.stack, CHAT))
    return sum(
        each.value
        for each in found
        if each.name == "chatstream_table_keys" and each.labels.get("table") == "room_members"
    )


def _grown(live: Live, worker: str, empty: int) -> tuple[float, float]:
    """Bytes of memory more than with empty tables, and of the folder after a clean end."""
    memory = live.memory(worker) - empty
    live.stack.stop_process(worker)
    return memory, folder(live.stack.layout.data(worker))
