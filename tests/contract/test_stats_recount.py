"""Counting and recounting from real Postgres: catching up, edits and deletes, verifying."""

from __future__ import annotations

import random
from typing import Any

from agents.stats.counters import MessageCounter
from agents.stats.counting import LineSink
from agents.stats.recount import Recounter
from chatstream.domain.partitions import partition_of
from infra.text.korean import Words
from schemas.contexts.messages import MESSAGE
from tables.snapshot import rows_of
from tests.contract.chat_rig import GENERATION, Chat, person, say
from tests.contract.test_message_changes import change
from tests.fakes.tables import FakeStats

TOPIC = MESSAGE.response.name
TEXTS = ("사과 river", "강남역에서 만났어요 tiger", "music music ☕", "")


async def talk(chat: Chat, rng: random.Random) -> int:
    """Messages, edits and deletes of one room, in several transactions; its partition."""
    other = person()
    room_id, owner = await chat.make_room(other)
    store = chat.messages(room_id)
    said: list[Any] = []
    for _ in range(12):
        wishes: list[Any] = []
        for _ in range(rng.randint(1, 3)):
            wish = say(room_id, rng.choice((owner, other)), f"{rng.choice(TEXTS)} drink")
            wishes += [wish] * rng.randint(1, 2)
            said.append(wish)
        await store.carry_out(GENERATION, wishes)
        changed = rng.choice(said)
        text = rng.choice((None, "tea", "강남역 river"))
        await store.carry_out(GENERATION, [change(changed, text)])
    return partition_of(room_id, 8)


async def test_what_is_counted_from_postgres_agrees_with_postgres(chat: Chat) -> None:
    partition = await talk(chat, random.Random(4))
    stats, words = FakeStats(), Words()
    app: Any = None
    sink = LineSink(app, TOPIC, MessageCounter(stats.tables, words), chat.facts)
    head = await chat.facts.head(TOPIC, partition)
    assert head > 12
    await sink.catch_up(partition, head, lambda: True)
    recounter = Recounter(chat.facts, words)
    held, found = await recounter.compare(partition, rows_of(stats.tables, partition))
    assert (found, held.messages) == ([], head)
    assert held.words
    # What was said and changed since is not in the tables, and is no difference at their cursor.
    await talk(chat, random.Random(4))
    _, found = await recounter.compare(partition, rows_of(stats.tables, partition))
    assert found == []
    key = next(key for key in stats.kept["word_counts"].rows[partition] if key[-1] != ":")
    stats.kept["word_counts"].rows[partition][key][0] += 1
    _, found = await recounter.compare(partition, rows_of(stats.tables, partition))
    assert [(each.table, each.held - each.counted) for each in found] == [("word_counts", 1)]


async def test_a_line_without_facts_has_no_head(chat: Chat) -> None:
    assert await chat.facts.head("kakao.none", 0) == 0
