"""The stats service as real processes that share the partitions, on real Kafka and Postgres.

A stack of its own: these tests put facts on the topic that no chat worker stored.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID

import aiohttp
import psycopg2
import pytest
from aiokafka import AIOKafkaProducer

from chatstream.domain.partitions import partition_of
from chatstream.domain.series import KEPT
from chatstream.domain.times import text_of
from chatstream.settings import PostgresSettings, load_settings
from infra.embedded import kafka, postgres
from infra.embedded.services import ProcessCounts
from infra.embedded.shape import StackShape
from infra.embedded.stack import Stack
from infra.kafka.single_partition import outgoing
from infra.postgres.migrate import migrate
from infra.text.korean import Words
from schemas import records
from schemas.contexts.messages import MESSAGE
from schemas.contexts.stats import WATCHED
from tests.client.waiting import eventually
from tests.folders import server_folder
from tests.servers import claimed_port

pytestmark = pytest.mark.operate

PARTITIONS = 8
WORKERS = ("stats-1", "stats-2", "stats-3")
DEADLINE = 180.0
# Minutes before now at which messages were said: some are late, some too late to be kept.
AGES = (0, 1, 1, 2, 90, 1440, 29 * 1440, 40 * 1440)
TEXTS = (
    "오늘 강남역에서 만났어요",
    "점심 먹었어? 커피 마시러 가자 ☕",
    "Message Check! I am sending it!",
    "회의 시간 12345 알려주세요 tomorrow",
)
ROOMS = [str(UUID(int=number + 1)) for number in range(40)]


class Rig:
    """The topic on one side, the workers' HTTP on the other, and the recount beside it."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.producer = AIOKafkaProducer(bootstrap_servers=stack.bootstrap)
        self.http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        self.heads = dict.fromkeys(range(PARTITIONS), 0)
        self.recount: Counter[str] = Counter()
        self.minutes: Counter[int] = Counter()
        self.in_rooms: Counter[str] = Counter()
        self.in_hour: Counter[str] = Counter()
        self.began = int(time.time()) // 60
        self.state = "never asked"
        self.words = Words()
        self.random = random.Random(7)

    def fact(self, room_id: str, text: str, age: int | None = None) -> records.MessageStored:
        """The next fact of the room's line; it counts from now on."""
        partition = partition_of(room_id, PARTITIONS)
        self.heads[partition] += 1
        words = self.words.count(text)
        self.recount.update(words)
        self.in_rooms.update({f"{room_id}:{word}": n for word, n in words.items()})
        number = self.heads[partition]
        age = self.random.choice(AGES) if age is None else age
        if age <= KEPT:
            self.minutes[self.began - age] += 1
        if age < 30:
            self.in_hour.update(words)
        return records.MessageStored(
            fact_no=number,
            room_id=room_id,
            seq=number,
            rev=number,
            message_id=str(UUID(int=number)),
            account_id=str(UUID(int=self.random.randrange(20))),
            user_id="ara",
            user_name="아라",
            message=text,
            created_at=text_of(60 * (self.began - age)),
            access_version=1,
            room_kind="open",
        )

    async def say(self, count: int) -> None:
        """Facts of many rooms; one in ten is produced twice, as after a chat worker's crash."""
        for _ in range(count):
            text = f"{self.random.choice(TEXTS)} {self.random.choice('abcdef') * 3}"
            fact = self.fact(self.random.choice(ROOMS), text)
            await self.put(fact)
            if self.random.random() < 0.1:
                await self.put(fact)
        await self.producer.flush()

    async def put(self, fact: records.MessageStored) -> None:
        await self.producer.send(
            MESSAGE.response.name,
            records.encode(fact),
            key=fact.room_id.encode(),
            partition=partition_of(fact.room_id, PARTITIONS),
        )

    async def get(self, worker: str, path: str) -> Any:
        """The worker's JSON, None when it does not answer."""
        port = self.stack.endpoints.ports[worker]
        try:
            async with self.http.get(f"http://127.0.0.1:{port}{path}") as answer:
                return await answer.text() if answer.status == 200 else None
        except (aiohttp.ClientError, TimeoutError):
            return None

    async def counted(self, table: str) -> Counter[str] | None:
        """Every count of every partition; None unless each partition is held exactly once."""
        found: Counter[str] = Counter()
        held = []
        for worker in WORKERS:
            for partition in range(PARTITIONS):
                listing = await self.get(worker, f"/internal/tables/{table}/{partition}")
                if listing is not None:
                    held.append(partition)
                    for line in listing.splitlines():
                        name, count, *_ = json.loads(line)
                        found[name] += count
        self.state = f"partitions held: {held}"
        return found if sorted(held) == list(range(PARTITIONS)) else None

    def in_room(self, room_id: str) -> list[int]:
        """The counts of a room's words, most first."""
        mine = (n for name, n in self.in_rooms.items() if name.startswith(room_id))
        return sorted(mine, reverse=True)

    async def _agrees(self, table: str, recount: Counter[str]) -> bool:
        found = await self.counted(table)
        if found is None:
            return False
        over, short = found - recount, recount - found
        assert not over, f"{table}: counted twice: {over.most_common(5)}"
        self.state = f"{table}: short of {short.total()}: {short.most_common(5)}"
        return not short

    async def _window_agrees(self) -> bool:
        """All words of the last hour; the hour of the oldest of them ends long after the test."""
        for worker in WORKERS:
            answer = await self.get(worker, "/internal/words?top=1000&window=hour")
            if answer is not None and json.loads(answer)["complete"]:
                break
        else:
            return False
        rows = json.loads(answer)["words"]
        found = Counter({row["word"]: row["count"] for row in rows})
        assert not found - self.in_hour, "counted twice"
        self.state = f"the hour: short of {self.in_hour - found}"
        return found == self.in_hour

    async def until_exact(self) -> None:
        """Returns when every partition is held once and every count equals the recount."""

        async def exact() -> bool:
            minutes = Counter({str(minute): n for minute, n in self.minutes.items()})
            is_right = await self._agrees("word_counts", self.recount)
            return (
                is_right
                and await self._agrees("chat_added", minutes)
                and await self._agrees("room_word_counts", self.in_rooms)
                and await self._window_agrees()
            )

        try:
            await eventually(exact, DEADLINE)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.state}") from error


@pytest.fixture(scope="module")
def stats_stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    with (
        server_folder(request, "stats") as root,
        claimed_port() as port,
        Stack(root, port, StackShape(ProcessCounts(stats=len(WORKERS)))) as stack,
    ):
        stack.start_servers([kafka.NAME, *postgres.SERVERS])
        migrate(load_settings(postgres=PostgresSettings.of(stack.servers.dsns)))
        stack.command("topics", "create")
        for worker in WORKERS[:2]:
            stack.start_process(worker)
        for worker in WORKERS[:2]:
            stack.wait_ready(worker, DEADLINE)
        yield stack


@pytest.fixture(scope="module")
async def rig(stats_stack: Stack) -> AsyncIterator[Rig]:
    rig = Rig(stats_stack)
    await rig.producer.start()
    yield rig
    await rig.producer.stop()
    await rig.http.close()


async def test_two_workers_share_the_partitions_and_any_of_them_answers_for_all(rig: Rig) -> None:
    await rig.say(400)
    await rig.until_exact()
    top = rig.recount.most_common(3)
    for worker in WORKERS[:2]:
        answer = json.loads(await rig.get(worker, "/internal/words?top=3"))
        assert answer["complete"], answer
        assert answer["partitions"] == {"expected": PARTITIONS, "answered": PARTITIONS}
        assert [row["count"] for row in answer["words"]] == [count for _, count in top]
        word = json.loads(await rig.get(worker, "/internal/words/먹었다"))
        assert (word["word"], word["count"]) == ("먹다", rig.recount["먹다"])


async def test_any_worker_sums_the_minutes_of_all(rig: Rig) -> None:
    await rig.until_exact()
    begin, end = rig.began - KEPT + 30, rig.began + 1
    expected = [
        sum(rig.minutes[m] for m in range(start, min(start + 60, end)))
        for start in range(begin, end, 60)
    ]
    for worker in WORKERS[:2]:
        query = f"begin={begin}&end={end}&step=60"
        answer = json.loads(await rig.get(worker, f"/internal/series/chatAdd?{query}"))
        assert (answer["complete"], answer["step"]) == (True, 3600)
        assert [point["count"] for point in answer["points"]] == expected


async def test_a_watched_word_has_a_series_that_any_worker_sums(rig: Rig) -> None:
    event = records.WordWatched(request_id="1", word="먹다", at=text_of(60 * (rig.began - 300)))
    out = outgoing(WATCHED.event, event, PARTITIONS)
    await rig.producer.send_and_wait(out.topic, out.value, key=out.key, partition=out.partition)
    query = f"begin={rig.began - 120}&end={rig.began + 1}&step=121"

    async def is_watched() -> bool:
        known = [await rig.get(w, f"/internal/series/word/먹다?{query}") for w in WORKERS[:2]]
        return None not in known

    await eventually(is_watched, DEADLINE)
    before = rig.in_hour["먹다"]
    for room in ROOMS:
        await rig.put(rig.fact(room, "점심 먹었어?", age=3))
    await rig.producer.flush()
    await rig.until_exact()
    for worker in WORKERS[:2]:
        answer = json.loads(await rig.get(worker, f"/internal/series/word/먹었다?{query}"))
        assert answer["complete"]
        assert [point["count"] for point in answer["points"]] == [len(ROOMS)]
    assert rig.in_hour["먹다"] == before + len(ROOMS)


async def test_any_worker_answers_for_a_room(rig: Rig) -> None:
    for worker in WORKERS[:2]:
        for room in ROOMS[:8]:
            answer = json.loads(await rig.get(worker, f"/internal/rooms/{room}/words?top=5"))
            assert answer["complete"]
            assert [row["count"] for row in answer["words"]] == rig.in_room(room)[:5]


async def test_counts_are_exact_after_a_worker_is_killed_and_another_is_added(rig: Rig) -> None:
    saying = asyncio.create_task(rig.say(1500))
    rig.stack.kill("stats-1")
    rig.stack.start_process("stats-3")
    await saying
    await rig.until_exact()


async def test_counts_are_exact_after_a_worker_slept_while_its_partitions_moved(rig: Rig) -> None:
    await asyncio.to_thread(rig.stack.wait_ready, "stats-1", DEADLINE)
    await asyncio.to_thread(rig.stack.wait_ready, "stats-3", DEADLINE)
    saying = asyncio.create_task(rig.say(500))
    rig.stack.pause("stats-2")

    async def taken_over() -> bool:
        answer = await rig.get("stats-1", "/internal/words?top=1")
        return answer is not None and json.loads(answer)["complete"]

    try:
        await saying
        await eventually(taken_over, DEADLINE)
    finally:
        rig.stack.resume("stats-2")
    await rig.say(300)
    await rig.until_exact()


async def test_a_fact_that_is_not_on_the_topic_is_read_from_postgres(rig: Rig) -> None:
    room_id = ROOMS[0]
    partition = partition_of(room_id, PARTITIONS)
    missing = rig.fact(room_id, "이것은 missingword")
    for name, dsn in rig.stack.dsns.items():
        if name.startswith("chat-"):
            _store(dsn, missing, partition)
    await rig.put(rig.fact(room_id, "다음 nextword"))
    await rig.producer.flush()
    await rig.until_exact()


def _store(dsn: str, fact: records.MessageStored, partition: int) -> None:
    connection = psycopg2.connect(dsn)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "insert into rooms (room_id, kind, name, owner_id, partition, created_at, active_at)"
            " values (%s, 'open', 'r', %s, %s, now(), now())",
            (fact.room_id, fact.account_id, partition),
        )
        cursor.execute(
            "insert into messages (room_id, seq, account_id, message_id, body, created_at,"
            " fact_no, partition) values (%s, %s, %s, %s, %s, %s, %s, %s)",
            (
                fact.room_id,
                fact.seq,
                fact.account_id,
                fact.message_id,
                fact.message,
                fact.created_at,
                fact.fact_no,
                partition,
            ),
        )
    connection.close()
