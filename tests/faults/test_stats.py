"""The live tables while stats and chat workers die and clients repeat their ids: all of it exact.

The recount is the command's, from Postgres; what people read through the gateway is compared too.
"""

from __future__ import annotations

import asyncio
import json
import random
import uuid
from collections import Counter
from itertools import cycle, islice
from typing import Any

import pytest

from infra.embedded.stack import Stack
from infra.text.korean import Words
from tests.client.api import User, open_room, sign_up
from tests.client.waiting import eventually
from tests.faults.verify import check_tables

pytestmark = [pytest.mark.faults, pytest.mark.stack]

DEADLINE = 180.0
MARK = "zq"
TEXTS = ("사과 river", "강남역에서 만났어요 tiger", "music music ☕", "오늘 river")


class Talk:
    """Two people in two rooms who repeat every id, edit and delete; and what is to be counted."""

    def __init__(self, people: list[User], rooms: list[str], mark: str = MARK) -> None:
        self.mark = mark
        self.people = people
        self.rooms = rooms
        self.random = random.Random(5)
        self.said: dict[str, tuple[str, str]] = {}

    async def speak(self, count: int) -> None:
        for _ in range(count):
            message_id, room = str(uuid.uuid4()), self.random.choice(self.rooms)
            text = f"{self.random.choice(TEXTS)} {self.mark}{self.random.choice('abc')}"
            user = self.random.choice(self.people)
            body = {"message": text, "messageId": message_id}
            for _ in range(2):
                await user.insist("POST", f"/chat/{room}", body)
            self.said[message_id] = (room, text)
            await self._change(user, room, message_id)

    async def _change(self, user: User, room: str, message_id: str) -> None:
        chance = self.random.random()
        path = f"/chat/{room}/messages/{message_id}"
        if chance < 0.2:
            text = f"{self.random.choice(TEXTS)} {self.mark}d"
            await user.insist("PATCH", path, {"message": text})
            self.said[message_id] = (room, text)
        elif chance < 0.3:
            await user.insist("DELETE", path)
            del self.said[message_id]

    def words(self, room: str | None = None) -> Counter[str]:
        found: Counter[str] = Counter()
        words = Words()
        for place, text in self.said.values():
            if room in (None, place):
                found.update(words.count(text))
        return found


async def live_event(user: User) -> Any:
    """The first event of /stats/live, through the gateway."""
    url, headers = f"{user.base_url}/stats/live", user.authorization
    async with asyncio.timeout(30), user.http.get(url, headers=headers) as response:
        assert response.status == 200
        async for line in response.content:
            if line.startswith(b'data: {"'):
                return json.loads(line.removeprefix(b"data: "))
    raise AssertionError("the stream ended without an event")


async def count_through(stack: Stack, rounds: int, messages: int) -> None:
    """Kill a stats and a chat worker in each round while people talk; then compare everything."""
    people = [await sign_up(stack.base_url, "counted", f"127.0.{n}.1") for n in (1, 2)]
    rooms = [await open_room(people[0], people[1], name=f"counts {n}") for n in range(2)]
    talk = Talk(people, rooms)
    for victims in islice(cycle((("stats-1", "chat-1"), ("chat-2", "stats-2"))), rounds):
        speaking = asyncio.create_task(talk.speak(messages))
        for victim in victims:
            await asyncio.to_thread(stack.kill, victim)
        await speaking

    async def marked_words_are_counted() -> bool:
        for word, count in talk.words().items():
            if word.startswith(MARK):
                found = await people[0].insist("GET", f"/stats/words/{word}")
                assert found["count"] <= count, "counted twice"
                if not found["complete"] or found["count"] != count:
                    return False
        return True

    await eventually(marked_words_are_counted, DEADLINE)
    await check_tables(stack)

    async def read(path: str) -> Any:
        """A complete answer."""

        async def complete() -> Any:
            found = await people[1].insist("GET", path)
            return found if found["complete"] else None

        return await eventually(complete, DEADLINE)

    for room in rooms:
        found = await read(f"/stats/words?roomId={room}&top=100")
        assert {row["word"]: row["count"] for row in found["words"]} == +talk.words(room)
    hour = await read("/stats/words?window=hour&top=100")
    counts = {row["word"]: row["count"] for row in hour["words"]}
    mine = {word: n for word, n in talk.words().items() if word.startswith(MARK)}
    assert {word: counts.get(word) for word in mine} == mine
    added = await read("/stats/series/chatAdd?step=3600")
    assert sum(point["count"] for point in added["points"]) >= rounds * messages
    signed_up = await read("/stats/series/userAdd")
    assert sum(point["count"] for point in signed_up["points"]) >= len(people)
    event = await live_event(people[0])
    assert event["complete"]
    assert len(event["chatAdd"]) == 60
    for user in people:
        await user.close()


@pytest.mark.timeout(600)
async def test_every_count_is_exact_through_killed_workers(stack: Stack) -> None:
    await count_through(stack, rounds=2, messages=40)
