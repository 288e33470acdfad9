"""What must hold after the faults, in Postgres, sockets, Elasticsearch and the live counts."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

import aiohttp

from chatstream.errors import ConfigurationError
from infra.embedded.stack import Stack
from infra.text.korean import Words
from tests.client.api import User
from tests.client.known import chat_dsns, rows
from tests.client.waiting import eventually
from tests.faults.traffic import Traffic

GENEROUS = 240.0
PARTITIONS = 8


def stored(stack: Stack, rooms: list[str]) -> list[tuple[str, int, str, str | None]]:
    """(room, seq, message id, present text) of everything stored in the rooms; None: deleted."""
    sql = (
        "select room_id::text, seq, message_id::text, body from messages"
        " where room_id = any (%s::uuid[]) order by room_id, seq"
    )
    return [row for dsn in chat_dsns(stack) for row in rows(dsn, sql, rooms)]


def heads_of(stack: Stack, traffic: Traffic) -> dict[str, int]:
    """How many messages are stored in each room of the traffic."""
    return dict(Counter(row[0] for row in stored(stack, list(traffic.rooms))))


def check_postgres(stack: Stack, traffic: Traffic, others: Collection[str] = ()) -> None:
    """Every acknowledged message once, with those of `others` by id; `seq` and `fact_no` dense."""
    found = stored(stack, list(traffic.rooms))
    for room, head in Counter(row[0] for row in found).items():
        assert [seq for r, seq, *_ in found if r == room] == list(range(1, head + 1))
    times = Counter((row[0], row[2], row[3]) for row in found)
    for sent in traffic.sent:
        text = traffic.changed.get(sent.message_id, sent.text)
        assert times[sent.room_id, sent.message_id, text] == 1, (
            f"{sent} is not there once as {text!r}; under way were {traffic.during(sent.at)}"
        )
    assert traffic.changed, "nobody edited or deleted anything"
    ids = [row[2] for row in found]
    assert Counter(each for each in ids if each in others) == Counter(list(others))
    assert len(found) == len(traffic.sent) + len(others), "a message is stored that no client sent"
    for dsn in chat_dsns(stack):
        check_lines(dsn)


def check_lines(dsn: str) -> None:
    """The fact lines of a database are dense, and their heads are their last facts."""
    lines = "select partition, count(*), max(fact_no), min(fact_no) from {} as f group by partition"
    facts = (
        "(select partition, fact_no from messages"
        " union all select partition, fact_no from message_changes)"
    )
    for table, topic in (
        (facts, "kakao.chat.chatMessage.RESPONSE"),
        ("room_facts", "kakao.chat.chatRoom.RESPONSE"),
    ):
        heads = dict(rows(dsn, "select partition, head from lines where topic = %s", topic))
        for partition, count, last, first in rows(dsn, lines.format(table)):
            assert (first, last, count) == (1, heads[partition], heads[partition]), (table, topic)


async def check_sockets(stack: Stack, traffic: Traffic, heads: dict[str, int]) -> None:
    """Every member's socket showed every message once, in order, and says what is there now."""
    await asyncio.gather(
        *(
            listener.until_seen(room, heads[room], GENEROUS)
            for listener in traffic.listeners
            for room in listener.rooms
            if room in heads
        )
    )
    for listener in traffic.listeners:
        for room in listener.rooms:
            assert listener.seqs[room] == list(range(1, heads.get(room, 0) + 1))
    texts: dict[str, dict[int, str | None]] = {room: {} for room in traffic.rooms}
    for room, seq, _, text in stored(stack, list(traffic.rooms)):
        texts[room][seq] = text
    await asyncio.gather(
        *(
            listener.until_says(room, texts[room], GENEROUS)
            for listener in traffic.listeners
            for room in listener.rooms
        )
    )


async def check_elasticsearch(stack: Stack, traffic: Traffic, heads: dict[str, int]) -> None:
    """A search document for every message, as it is now, and exactly one event for each."""
    await eventually(lambda: _all_searchable(stack, heads), GENEROUS)
    texts = {f"{r}:{seq}": text for r, seq, _, text in stored(stack, list(traffic.rooms))}
    await eventually(lambda: _all_present(stack, texts), GENEROUS)
    await eventually(lambda: _all_logged(stack, heads), GENEROUS)


async def _count(stack: Stack, index: str, query: dict[str, Any]) -> int:
    url = f"{stack.elastic_url}/{index}/_count"
    async with aiohttp.ClientSession() as http, http.post(url, json={"query": query}) as answer:
        return int((await answer.json())["count"]) if answer.status == 200 else -1


async def _all_searchable(stack: Stack, heads: dict[str, int]) -> bool:
    ids = [f"{room}:{seq}" for room, head in heads.items() for seq in range(1, head + 1)]
    chunks = [ids[start : start + 1000] for start in range(0, len(ids), 1000)]
    counts = [
        await _count(stack, "chatstream-messages-*", {"ids": {"values": chunk}}) for chunk in chunks
    ]
    return counts == [len(chunk) for chunk in chunks]


async def _all_present(stack: Stack, texts: dict[str, str | None]) -> bool:
    """Whether every document has the present text, and none of a deleted message any."""
    found: dict[str, str | None] = {}
    url = f"{stack.elastic_url}/chatstream-messages-*/_search"
    ids = list(texts)
    async with aiohttp.ClientSession() as http:
        for start in range(0, len(ids), 1000):
            chunk = ids[start : start + 1000]
            query = {"query": {"ids": {"values": chunk}}, "size": len(chunk)}
            async with http.post(url, json=query) as answer:
                hits = (await answer.json())["hits"]["hits"]
            found.update({hit["_id"]: hit["_source"].get("message") for hit in hits})
    return found == texts


async def _all_logged(stack: Stack, heads: dict[str, int]) -> bool:
    for room, head in heads.items():
        said = [
            {"term": {"chatstream.room.id": room}},
            {"term": {"event.action": "messageStored"}},
        ]
        if await _count(stack, "chatstream-events-*", {"bool": {"filter": said}}) != head:
            return False
    return True


async def check_words(stack: Stack, traffic: Traffic, asker: User) -> None:
    """The live counts equal a recount of what Postgres has now: no edit or delete is forgotten."""
    words = Words()
    recount: Counter[str] = Counter()
    for _, _, _, text in stored(stack, list(traffic.rooms)):
        recount.update(words.count(text or ""))
    marked = {word: count for word, count in recount.items() if word.endswith(traffic.mark)}
    assert marked, "the recount found no word of this run"
    for word, count in marked.items():

        async def agrees(word: str = word, count: int = count) -> bool:
            answer = await asker.insist("GET", f"/stats/words/{word}")
            return bool(answer["complete"] and answer["count"] == count)

        await eventually(agrees, GENEROUS)


async def check_tables(stack: Stack) -> None:
    """Every count of every table equals what the command recounts from Postgres."""

    async def verdict() -> str:
        try:
            return await asyncio.to_thread(stack.command, "stats", "verify")
        except ConfigurationError as error:
            return str(error)

    async def is_whole() -> str | None:
        """The verdict on all partitions; None while a worker is missing or never stands still."""
        said = await verdict()
        is_partial = "no worker can be asked" in said or "all the time" in said
        return None if is_partial else said

    said = await eventually(is_whole, GENEROUS)
    assert "the tables are right" in said, said


async def check_members(stack: Stack, traffic: Traffic) -> None:
    """The table of members never differed from Postgres in these rooms, and was looked at since."""
    workers = [name for name in stack.endpoints.ports if name.startswith("chat-")]
    before = await _member_checks(stack, workers)

    async def is_checked() -> bool:
        return await _member_checks(stack, workers) >= before + PARTITIONS

    await eventually(is_checked, GENEROUS)
    drifts = [
        line
        for worker in workers
        for line in stack.layout.log_file(worker).read_text().splitlines()
        if "drifts at fact" in line and any(room_id in line for room_id in traffic.rooms)
    ]
    assert not drifts


async def _member_checks(stack: Stack, workers: Sequence[str]) -> float:
    """How many partitions the workers that run now have compared."""
    found = 0.0
    async with aiohttp.ClientSession() as http:
        for worker in workers:
            async with http.get(stack.endpoints.worker_url(worker) + "/metrics") as response:
                text = await response.text()
            marks = re.findall(r"^chatstream_members_checks_total (\S+)$", text, re.MULTILINE)
            found += sum(map(float, marks))
    return found
