"""(f): joining and leaving a room of ten and a large one, whose members are generated rows."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Sequence
from contextlib import closing

import psycopg2

from tests.bench.latency import Latency, summary
from tests.bench.report import LATENCY_COLUMNS, Aim, Section, Table, latency_row
from tests.bench.scenes.bench import Bench
from tests.client.api import User

SMALL = 10
_FILL = """
with room as (
    update rooms set member_count = member_count + %s where room_id = %s returning room_id)
insert into members (room_id, account_id, joined_at)
select room_id, gen_random_uuid(), now() - n * interval '1 second'
from room, generate_series(1, %s) as n
"""


def joins(bench: Bench) -> Section:
    """One account after the other enters and leaves, in turn here and there."""
    sizes, people = bench.sizes, bench.people
    bench.say(f"joining rooms of {SMALL} and {sizes.large_room:,} …")
    small, large = asyncio.run(_measure(bench, people.tokens[: sizes.joins + 1]))
    tables = [
        Table(
            LATENCY_COLUMNS,
            [
                latency_row(f"{what}, {size:,} members", latency)
                for size, latencies in ((SMALL, small), (sizes.large_room, large))
                for what, latency in zip(("join", "leave"), latencies, strict=True)
            ],
        )
    ]
    ratios = [
        Aim(f"{what}: p50 in the large room", there.p50 / max(here.p50, 1e-9), 1.5, "of the small")
        for what, here, there in zip(("join", "leave"), small, large, strict=True)
    ]
    return Section(
        "f",
        f"joining a room of {SMALL} and one of {sizes.large_room:,} members",
        tables,
        ratios,
        ["A join is GET /chat/{roomId}: through Kafka, with the room and its messages as answer."],
    )


async def _measure(
    bench: Bench, tokens: Sequence[str]
) -> tuple[tuple[Latency, Latency], tuple[Latency, Latency]]:
    endpoints = bench.stack.endpoints
    users = [User(endpoints.worker_url("front-auth"), "", token=token) for token in tokens]
    try:
        for user in users:
            user.user_id = (await user.insist("GET", "/user/me"))["userId"]
            user.base_url = endpoints.worker_url(bench.front)
        small = await _room(bench, users[0], SMALL - 1)
        large = await _room(bench, users[0], bench.sizes.large_room - 1)
        times: dict[str, tuple[list[float], list[float]]] = {small: ([], []), large: ([], [])}
        for user in users[1:]:
            for room_id, (joined, left) in times.items():
                joined.append(await _timed(user, "GET", f"/chat/{room_id}"))
                path = f"/chat/{room_id}/participants/{user.user_id}"
                left.append(await _timed(user, "DELETE", path))
    finally:
        for user in users:
            await user.close()
    found = [(summary(joined), summary(left)) for joined, left in times.values()]
    return found[0], found[1]


async def _room(bench: Bench, owner: User, others: int) -> str:
    """An open room with so many members who exist as rows only."""
    name = f"bench {uuid.uuid4().hex[:8]}"
    made = await owner.insist("POST", "/chat", {"kind": "open", "name": name})
    room_id = str(made["roomId"])
    await asyncio.to_thread(_fill, bench, room_id, others)
    return room_id


def _fill(bench: Bench, room_id: str, others: int) -> None:
    for name, dsn in bench.stack.dsns.items():
        if name.startswith("chat-"):
            with closing(psycopg2.connect(dsn)) as link, link, link.cursor() as cursor:
                cursor.execute(_FILL, (others, room_id, others))


async def _timed(user: User, method: str, path: str) -> float:
    begin = time.perf_counter()
    await user.insist(method, path)
    return time.perf_counter() - begin
