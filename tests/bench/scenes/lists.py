"""(h): the list of rooms, and a page of a long history, as what is stored grows."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable

from tests.bench.latency import Latency, summary
from tests.bench.people import account_in
from tests.bench.report import LATENCY_COLUMNS, Aim, Section, Table, latency_row
from tests.bench.scenes.bench import Bench
from tests.client.api import User
from tests.generated import analyze, filled, homes_of, room_ids

LIST_AIM, PAGE_AIM = 20.0, 30.0
_EARLIER = 100  # a first measurement has this part of the messages, and
_LEAST = 100  # no less than this, for there to be pages


def lists(bench: Bench) -> Section:
    """A user in many rooms, with one history of a hundredth of the messages, and then of all."""
    sizes = bench.sizes
    dsns = {name: dsn for name, dsn in bench.stack.dsns.items() if name.startswith("chat-")}
    homes = homes_of(next(iter(dsns.values())))
    token = bench.people.tokens[0]
    account_id = account_in(token)
    many = room_ids(homes, sizes.listed_rooms)
    rows, found = [], (Latency(), Latency(), Latency())
    with filled(dsns, many, account_id, members=10, messages=20):
        for messages in (max(_LEAST, sizes.history // _EARLIER), sizes.history):
            bench.say(f"lists: a history of {messages:,} messages …")
            large = room_ids(homes, 1)
            with filled(dsns, large, account_id, members=100, messages=messages):
                analyze(dsns)
                [room_id] = [each for ids in large.values() for each in ids]
                found = asyncio.run(_measure(bench, token, room_id, messages))
            names = ("GET /chat", "GET …/messages", "GET …/messages?around=")
            for name, latency in zip(names, found, strict=True):
                rows.append(latency_row(f"{name}, history of {messages:,}", latency))
    return Section(
        "h",
        f"the list of a user in {sizes.listed_rooms} rooms, and pages of a long history",
        [Table(LATENCY_COLUMNS, rows)],
        aims=[
            Aim("list of rooms, p95", found[0].p95, LIST_AIM, "ms"),
            Aim("page of a history, p95", found[1].p95, PAGE_AIM, "ms"),
            Aim("page around a message, p95", found[2].p95, PAGE_AIM, "ms"),
        ],
        notes=["50 rooms, or 50 messages at a random place, one call after the other."],
    )


async def _measure(
    bench: Bench, token: str, room_id: str, messages: int
) -> tuple[Latency, Latency, Latency]:
    user = User(f"http://127.0.0.1:{bench.front_port}", "bench", token=token)
    chance = random.Random(room_id)

    async def asked(path: Callable[[], str]) -> Latency:
        times = []
        for number in range(bench.sizes.asked + 5):
            began = time.perf_counter()
            await user.insist("GET", path())
            if number >= 5:  # the first ones open connections
                times.append(time.perf_counter() - began)
        return summary(times)

    try:
        rooms = await asked(lambda: "/chat?limit=50")
        place = f"/chat/{room_id}/messages?limit=50"
        pages = await asked(lambda: f"{place}&before={chance.randint(51, messages)}")
        around = await asked(lambda: f"{place}&around={chance.randint(1, messages)}")
    finally:
        await user.close()
    return rooms, pages, around
