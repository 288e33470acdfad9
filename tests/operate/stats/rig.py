"""What the tests of the stats service have in common: facts, workers' HTTP, and a recount."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from uuid import UUID

import aiohttp
import pytest
from aiokafka import AIOKafkaProducer

from chatstream.domain.partitions import partition_of
from chatstream.domain.series import KEPT
from chatstream.domain.times import text_of
from infra.embedded import kafka, postgres
from infra.embedded.services import ProcessCounts
from infra.embedded.shape import StackShape
from infra.embedded.stack import Stack
from infra.text.korean import Words
from schemas import records
from schemas.contexts.messages import MESSAGE
from tests.client.waiting import eventually
from tests.operate.laid import VariedStack, laid_stack

PARTITIONS = 8
WORKERS = ("stats-1", "stats-2", "stats-3")
"""The first two run from the start."""
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


@asynccontextmanager
async def rig_of(stack: Stack) -> AsyncIterator[Rig]:
    """The rig of a stack, with connections of its own."""
    rig = Rig(stack)
    await rig.producer.start()
    try:
        yield rig
    finally:
        await rig.producer.stop()
        await rig.http.close()


@contextmanager
def stats_stack(
    request: pytest.FixtureRequest,
    name: str,
    varied: Mapping[str, Mapping[str, str]] | None = None,
) -> Iterator[VariedStack]:
    """Kafka, the databases and two workers."""
    shape = StackShape(ProcessCounts(stats=len(WORKERS)))
    servers = [kafka.NAME, *postgres.SERVERS]
    with laid_stack(request, name, shape, servers=servers, varied=varied) as stack:
        stack.start_workers(*WORKERS[:2])
        yield stack
