"""Two people who repeat every id, edit and delete; and what the live tables are to count of it."""

from __future__ import annotations

import asyncio
import json
import random
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from infra.text.korean import Words
from tests.client.api import User, open_room, sign_up
from tests.client.waiting import eventually, pause
from tests.faults.traffic import LETTERS

DEADLINE = 180.0
TEXTS = ("사과 river", "강남역에서 만났어요 tiger", "music music ☕", "오늘 river")
# What is said in a hurry cannot be told apart from what waits for a worker that was killed.
PACE = 0.6


def new_mark() -> str:
    """What begins the words of one run and of no other: digits would make words not counted."""
    return f"z{uuid.uuid4().hex[:6].translate(LETTERS)}"


@dataclass
class Talk:
    """Two people in two rooms who repeat every id, edit and delete; and what is to be counted.

    `count` messages were said. Words of this talk begin with `mark`.
    """

    people: list[User]
    rooms: list[str]
    mark: str = field(default_factory=new_mark)
    said: dict[str, tuple[str, str]] = field(default_factory=dict)
    count: int = 0

    def __post_init__(self) -> None:
        self.random = random.Random(5)
        self._finishing = asyncio.Event()

    async def run(self) -> None:
        """Speak until `finish`."""
        while not self._finishing.is_set():
            await self.speak(1)
            await pause(PACE)

    def finish(self) -> None:
        """What is being said is the last."""
        self._finishing.set()

    async def speak(self, count: int) -> None:
        """Say so many messages, each twice with its id; some are then edited or deleted."""
        for _ in range(count):
            message_id, room = str(uuid.uuid4()), self.random.choice(self.rooms)
            text = f"{self.random.choice(TEXTS)} {self.mark}{self.random.choice('abc')}"
            user = self.random.choice(self.people)
            body = {"message": text, "messageId": message_id}
            for _ in range(2):
                await user.insist("POST", f"/chat/{room}", body)
            self.count += 1
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
        """The words of what is there now, in one room or in both."""
        found: Counter[str] = Counter()
        words = Words()
        for place, text in self.said.values():
            if room in (None, place):
                found.update(words.count(text))
        return found

    def marked(self) -> dict[str, int]:
        """The words that nobody else says."""
        return {word: n for word, n in self.words().items() if word.startswith(self.mark)}

    async def close(self) -> None:
        """Disconnect both."""
        for user in self.people:
            await user.close()


async def open_talk(base_url: str, mark: str = "", name: str = "counted") -> Talk:
    """Two people on different fronts, in two rooms."""
    people = [await sign_up(base_url, name, f"127.0.{n}.1") for n in (1, 2)]
    rooms = [await open_room(people[0], people[1], name=f"{name} {n}") for n in range(2)]
    return Talk(people, rooms, mark or new_mark())


async def check_counts(talk: Talk) -> None:
    """What people read of the live tables, through the gateway, is exactly what was said."""
    one, other = talk.people
    marked = talk.marked()

    async def are_counted() -> bool:
        for word, count in marked.items():
            found = await one.insist("GET", f"/stats/words/{word}")
            assert found["count"] <= count, "counted twice"
            if not found["complete"] or found["count"] != count:
                return False
        return True

    assert marked, "nothing was said"
    await eventually(are_counted, DEADLINE)
    for room in talk.rooms:
        found = await _complete(other, f"/stats/words?roomId={room}&top=100")
        assert {row["word"]: row["count"] for row in found["words"]} == +talk.words(room)
    hour = await _complete(other, "/stats/words?window=hour&top=100")
    counts = {row["word"]: row["count"] for row in hour["words"]}
    assert {word: counts.get(word) for word in marked} == marked
    added = await _complete(other, "/stats/series/chatAdd?step=3600")
    assert sum(point["count"] for point in added["points"]) >= talk.count
    signed_up = await _complete(other, "/stats/series/userAdd")
    assert sum(point["count"] for point in signed_up["points"]) >= len(talk.people)
    event = await live_event(one)
    assert event["complete"]
    assert len(event["chatAdd"]) == 60


async def _complete(user: User, path: str) -> Any:
    """A complete answer."""

    async def complete() -> Any:
        found = await user.insist("GET", path)
        return found if found["complete"] else None

    return await eventually(complete, DEADLINE)


async def live_event(user: User) -> Any:
    """The first event of /stats/live, through the gateway."""
    url, headers = f"{user.base_url}/stats/live", user.authorization
    async with asyncio.timeout(30), user.http.get(url, headers=headers) as response:
        assert response.status == 200
        async for line in response.content:
            if line.startswith(b'data: {"'):
                return json.loads(line.removeprefix(b"data: "))
    raise AssertionError("the stream ended without an event")
