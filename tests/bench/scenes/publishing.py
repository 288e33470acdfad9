"""(r): posts at a steady rate, until their author is told and somebody else is shown them."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from tests.bench.latency import summary
from tests.bench.report import LATENCY_COLUMNS, Aim, Section, Table, latency_row, number
from tests.bench.scenes.bench import Bench
from tests.client.api import Refused, User
from tests.client.metrics import samples
from tests.client.stomp import Frame, Socket

VISIBLE_MS = 1000
UNSEEN = "published and not shown, or never published"
WITHIN = 60.0
AFTER = 5
WORDS = (
    *("바다", "언덕", "나무", "구름", "노을", "골목", "우산", "편지"),
    *("기차", "여름", "겨울", "창문", "의자", "시장", "다리", "공원"),
)


@dataclass
class Desk:
    """An author, its socket, and who waits for which post."""

    user: User
    waiting: dict[str, asyncio.Future[None]] = field(default_factory=dict)

    @classmethod
    async def opened(cls, auth_url: str, front_url: str, token: str) -> tuple[Self, Socket]:
        """Connected to the front."""
        user = User(auth_url, "", token=token)
        user.user_id = (await user.insist("GET", "/user/me"))["userId"]
        user.base_url = front_url
        desk = cls(user)
        socket = Socket(user, desk.heard)
        await socket.connect()
        await socket.subscribe(f"/sub/user/{user.user_id}")
        return desk, socket

    def heard(self, frame: Frame) -> None:
        """An event of the account; those about posts are waited for."""
        event: Any = frame.json
        told = self.waiting.pop(event.get("contentId", ""), None)
        if event["type"] == "contentPublished" and told is not None and not told.done():
            told.set_result(None)


@dataclass
class Times:
    """Seconds from the moment at which a post is sent, and how many were not seen."""

    taken: list[float] = field(default_factory=list)
    told: list[float] = field(default_factory=list)
    seen: list[float] = field(default_factory=list)
    unseen: int = 0
    read: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Held:
    """Of posts that were read by others: how many workers answered, of how many, and their ages."""

    held: float
    read: float
    ages: Mapping[float, float]

    @classmethod
    async def of(cls, bench: Bench) -> Self:
        """Since the front began."""
        found = await samples(bench.stack, bench.front)
        ages = {
            float(each.labels["le"]): each.value
            for each in found
            if each.name == "chatstream_hot_post_age_seconds_bucket"
        }
        read = {
            each.labels["outcome"]: each.value
            for each in found
            if each.name == "chatstream_hot_posts_total" and each.labels["outcome"] != "own"
        }
        return cls(read.get("held", 0), sum(read.values()), ages)

    def since(self, before: Held) -> Held:
        """What came after."""
        ages = {age: count - before.ages.get(age, 0) for age, count in self.ages.items()}
        return Held(self.held - before.held, self.read - before.read, ages)

    @property
    def oldest(self) -> float:
        """The age, in milliseconds, that 99 of 100 are not over: the end of its bucket."""
        most = max(self.ages.values(), default=0)
        ages = sorted(self.ages)
        return 1000 * next((age for age in ages if self.ages[age] >= 0.99 * most), 0.0)


def publishing(bench: Bench) -> Section:
    """Everybody's posts in turn, at one rate, with the inspector by rules."""
    sizes = bench.sizes
    tokens = bench.people.tokens[: sizes.post_authors]
    bench.say(f"{sizes.posts:,} posts, {sizes.post_rate:g} a second …")
    began = time.perf_counter()
    times, held = asyncio.run(_publish(bench, tokens))
    rate = sizes.posts / (time.perf_counter() - began)
    seen = summary(times.seen)
    rows = [
        latency_row("answered 202", summary(times.taken)),
        latency_row("its author is told that it is published", summary(times.told)),
        latency_row("shown to somebody else: publish to visible", seen),
        latency_row("a post of before, read by somebody else", summary(times.read)),
    ]
    return Section(
        "r",
        f"{sizes.posts:,} posts of {len(tokens):,} authors, {sizes.post_rate:g} a second",
        [Table(LATENCY_COLUMNS, rows)],
        [
            Aim("publish to visible: p99", seen.p99, VISIBLE_MS, "ms"),
            Aim(UNSEEN, times.unseen, 0, ""),
            Aim("age of a post from the table: p99", held.oldest, VISIBLE_MS, "ms"),
        ],
        [
            "From the moment at which a post is sent, past the gateway; whoever else reads it asks"
            f" when its author has been told. {number(rate)} posts a second from the first to the"
            " last answer, with the sockets' beginning.",
            f"{number(held.read)} times somebody else read a post, {AFTER} of those of before after"
            f" each new one: {number(100 * held.held / max(held.read, 1))} of 100 were answered"
            " from the table of the workers, the others by Postgres.",
        ],
    )


async def _publish(bench: Bench, tokens: Sequence[str]) -> tuple[Times, Held]:
    endpoints, sizes, times = bench.stack.endpoints, bench.sizes, Times()
    auth, front = endpoints.worker_url("front-auth"), endpoints.worker_url(bench.front)
    opened = await asyncio.gather(*(Desk.opened(auth, front, token) for token in tokens))
    desks = [desk for desk, _ in opened]
    before, seen = await Held.of(bench), list[str]()
    try:
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for index in range(sizes.posts):
                due = began + index / sizes.post_rate
                desk = desks[index % len(desks)]
                reader = desks[(index + 1) % len(desks)].user
                group.create_task(_one(desk, reader, due, times, seen))
    finally:
        for desk, socket in opened:
            await socket.close()
            await desk.user.close()
    return times, (await Held.of(bench)).since(before)


async def _one(desk: Desk, reader: User, due: float, times: Times, seen: list[str]) -> None:
    """A post at its moment, until somebody else is shown it, and some of before."""
    await asyncio.sleep(max(0.0, due - time.perf_counter()))
    content_id, told = str(uuid.uuid4()), asyncio.get_running_loop().create_future()
    desk.waiting[content_id] = told
    body = " ".join(random.sample(WORDS, 8))
    began = time.perf_counter()
    post = {"contentId": content_id, "title": body[:12], "body": body}
    await desk.user.call("POST", "/content", post)
    times.taken.append(time.perf_counter() - began)
    try:
        await asyncio.wait_for(told, WITHIN)
        times.told.append(time.perf_counter() - began)
        await reader.call("GET", f"/content/{content_id}?view=false")
    except (TimeoutError, Refused):
        times.unseen += 1
        return
    times.seen.append(time.perf_counter() - began)
    for each in random.sample(seen, min(AFTER, len(seen))):
        began = time.perf_counter()
        await reader.call("GET", f"/content/{each}?view=false")
        times.read.append(time.perf_counter() - began)
    seen.append(content_id)
