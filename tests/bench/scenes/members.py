"""(n): the members of a room, page by page, and what those cost who are no members."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import psycopg2

from infra.embedded.layout import is_free
from tests.bench.drive import process
from tests.bench.latency import Latency, summary
from tests.bench.processes import PATH, Cpu, Meter, spent
from tests.bench.report import LATENCY_COLUMNS, Section, Table, latency_row, number
from tests.bench.scenes.bench import Bench
from tests.bench.text import messages
from tests.bench.wire import Paged, PageJob
from tests.client.api import Refused, User

PAGE = 100
_LENGTHS = (20, 400, 4000)
_WARM_UP = 10
# Names as well: a page shows them.
_FILL = """
with room as (
    update rooms set member_count = member_count + %s where room_id = %s returning room_id),
people as (
    insert into profiles (account_id, user_id, name)
    select gen_random_uuid(), 'u' || replace(gen_random_uuid()::text, '-', ''), 'Bench'
    from room, generate_series(1, %s) returning account_id)
insert into members (room_id, account_id, joined_at)
select room_id, account_id, now() - row_number() over () * interval '1 second' from room, people
"""


def members(bench: Bench) -> Section:
    """Pages of rooms of three sizes beside a bare hop; messages of members and of outsiders."""
    return asyncio.run(_Measurement(bench, bench.people.tokens[:2]).run())


class _Measurement:
    def __init__(self, bench: Bench, tokens: Sequence[str]) -> None:
        self.bench = bench
        self.tokens = tokens
        self.meter = Meter(bench.stack)
        self.latencies: list[list[str]] = []
        self.pages: list[list[str]] = []
        self.said: list[list[str]] = []

    async def run(self) -> Section:
        """Everything, one after the other."""
        bench = self.bench
        front = bench.stack.endpoints.worker_url(bench.front)
        owner, outsider = (User(front, "bench", token=token) for token in self.tokens)
        try:
            for size in (2, PAGE, bench.sizes.large_room):
                bench.say(f"pages of a room of {size:,} …")
                await self._list(owner, await self._room(owner, size - 1), size)
            await self._hop()
            room_id = await self._room(owner, 1)
            for who, user in (("a member", owner), ("somebody else", outsider)):
                bench.say(f"messages of {who} …")
                for length in _LENGTHS:
                    await self._messages(user, room_id, who, length)
        finally:
            await owner.close()
            await outsider.close()
        return self._section()

    def _section(self) -> Section:
        columns = ("ms of CPU", "front", "chat", "kafka", "postgres", "all")
        return Section(
            "n",
            f"the members of a room in pages of {PAGE}, and messages of those who are none",
            [
                Table(LATENCY_COLUMNS, self.latencies),
                Table(columns, self.pages),
                Table(columns, self.said),
            ],
            notes=[
                "One call after the other. The hop is one aiohttp process as both ends, with a page"
                " that is there already: the least that a page from a worker adds to a front.",
            ],
        )

    async def _room(self, owner: User, others: int) -> str:
        """A room with so many members who exist as rows only."""
        made = await owner.insist("POST", "/chat", {"kind": "open", "name": uuid.uuid4().hex[:8]})
        room_id = str(made["roomId"])
        await asyncio.to_thread(self._fill, room_id, others)
        return room_id

    def _fill(self, room_id: str, others: int) -> None:
        for name, dsn in self.bench.stack.dsns.items():
            if name != "auth":
                with closing(psycopg2.connect(dsn)) as link:
                    with link, link.cursor() as cursor:
                        cursor.execute(_FILL, (others, room_id, others))
                    link.autocommit = True
                    with link.cursor() as cursor:
                        cursor.execute("analyze members, profiles, rooms")

    async def _list(self, user: User, room_id: str, size: int) -> None:
        """The pages in turn, from the first to the last and again."""
        path, cursor = f"/chat/{room_id}/participants?limit={PAGE}", None
        times, before = [], self.meter.read()
        for call in range(_WARM_UP + self.bench.sizes.asked):
            if call == _WARM_UP:
                before = self.meter.read()
            began = time.perf_counter()
            page = await user.insist("GET", path + (f"&cursor={cursor}" if cursor else ""))
            times.append(time.perf_counter() - began)
            cursor = page["cursor"]
        self._note(f"GET …/participants of {size:,}", times[_WARM_UP:], before, self.pages)

    async def _hop(self) -> None:
        port = next(each for each in range(self.bench.front_port + 100, 65000) if is_free(each))
        job = PageJob(port=port, members=PAGE, asked=self.bench.sizes.asked)
        paged = await asyncio.to_thread(_paged, job)
        self.latencies.append(latency_row("a bare hop", paged.latency))
        both = number(1000 * paged.cpu / job.asked)
        self.pages.append(["a bare hop, both ends", "–", "–", "–", "–", both])

    async def _messages(self, user: User, room_id: str, who: str, length: int) -> None:
        texts = _texts(self.bench.sizes.asked + _WARM_UP, length)
        times, before = [], self.meter.read()
        for call, text in enumerate(texts):
            if call == _WARM_UP:
                before = self.meter.read()
            began = time.perf_counter()
            try:
                await user.call("POST", f"/chat/{room_id}", {"message": text})
            except Refused as refused:
                if refused.code != "NOT_A_MEMBER":
                    raise
            times.append(time.perf_counter() - began)
        self._note(f"{length:,} characters of {who}", times[_WARM_UP:], before, self.said)

    def _note(self, name: str, times: list[float], before: Cpu, rows: list[list[str]]) -> None:
        used = spent(before, self.meter.read())
        self.latencies.append(latency_row(name, _latency(times)))
        shares = [
            sum(cpu for process, cpu in used.items() if process.startswith(part)) / len(times)
            for part in PATH
        ]
        rows.append([name, *(number(1000 * share) for share in (*shares, sum(shares)))])


def _latency(times: Sequence[float]) -> Latency:
    return summary(times)


def _paged(job: PageJob) -> Paged:
    with process("bare_page", job) as asking:
        found: Any = asking.wait_for("result").paged
    if not isinstance(found, Paged):
        raise TypeError("the hop told no result")
    return found


def _texts(count: int, length: int) -> list[str]:
    """So many texts of this length."""
    words = messages(seed=length, count=count * (length // 10 + 1))
    found = []
    for _ in range(count):
        text = next(words)
        while len(text) < length:
            text += " " + next(words)
        found.append(text[:length].strip())
    return found
