"""The contract of LogReader, on the fake and on real Elasticsearch."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest

from chatstream.domain.documents import EVENTS, LOGS, Document
from chatstream.ports.log_reading import LogDocument, LogQuery, LogReader
from chatstream.ports.search import DocumentStore
from infra.elastic.log_reading import ElasticLog
from infra.elastic.sink import ElasticDocuments
from infra.elastic.templates import ensure_templates
from infra.embedded.stack import Stack
from tests.contract.paging import every_entry, refuses_foreign_cursors
from tests.contract.test_documents_and_search import ElasticInside, Inside
from tests.fakes.log_reading import FakeLog
from tests.fakes.search import FakeDocuments
from tests.servers import elastic_of

pytestmark = pytest.mark.servers

ALL = (EVENTS, LOGS)
DAY, MONTH = "2003.04.05", "2003.04"


@dataclass
class Rig:
    """`service` is a name that no other test has, so its documents are told from others'."""

    store: DocumentStore
    log: LogReader
    inside: Inside
    service: str = field(default_factory=lambda: f"s{uuid4().hex}")

    async def keep(self, *documents: Document) -> None:
        written = await self.store.write(documents)
        assert (written.refused, written.delayed) == ({}, {})
        await self.inside.refresh()

    def query(self, *datasets: str, terms: dict[str, str] | None = None, **more: Any) -> LogQuery:
        named = {"service.name": self.service, **(terms or {})}
        return LogQuery(datasets=datasets or ALL, terms=named, **more)

    async def found(self, *datasets: str, **asked: Any) -> list[str]:
        page, _ = await self.log.find(self.query(*datasets, **asked), None, 100)
        return [name(each) for each in page]

    def line(self, number: int, second: int = 0, **more: Any) -> Document:
        identity = f"{number:04d}-{self.service}"
        body = {
            "@timestamp": at(second),
            "message": f"line {number}",
            "log": {"level": "info"},
            "event": {"id": identity},
            "service": {"name": self.service},
        }
        return Document(f"{LOGS}-{DAY}", identity, body | more)

    def fact(self, number: int, second: int = 0, **more: Any) -> Document:
        identity = f"{number:04d}-{self.service}"
        body = {
            "@timestamp": at(second),
            "event": {"id": identity, "action": "messageStored", "outcome": "success"},
            "service": {"name": self.service},
        }
        return Document(f"{EVENTS}-{MONTH}", identity, body | more)


def at(second: int) -> str:
    return f"2003-04-05T06:{second // 60:02d}:{second % 60:02d}.000Z"


def name(each: LogDocument) -> str:
    return each.id[:4]


@pytest.fixture(params=["fake", "elastic"])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    if request.param == "fake":
        documents = FakeDocuments()
        yield Rig(documents, FakeLog(documents), documents)
        return
    servers: Stack = request.getfixturevalue("servers")
    settings = elastic_of(servers)
    inside = ElasticInside(settings)
    await ensure_templates(inside.client)
    yield Rig(
        ElasticDocuments(inside.client, settings), ElasticLog(inside.client, settings), inside
    )
    await inside.client.close()


async def test_the_newest_come_first_of_every_dataset(rig: Rig) -> None:
    await rig.keep(rig.line(1, 1), rig.fact(2, 3), rig.line(3, 2))
    assert await rig.found() == ["0002", "0003", "0001"]
    assert await rig.found(LOGS) == ["0003", "0001"]
    assert await rig.found(EVENTS) == ["0002"]


async def test_a_dataset_without_an_index_is_no_error(rig: Rig) -> None:
    assert await rig.found("chatstream-none") == []
    bars = await rig.log.bars(rig.query("chatstream-none"))
    assert (bars.total, list(bars.bars), list(bars.services)) == (0, [], [])


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
async def test_pages_neither_repeat_nor_skip_documents_of_one_moment(rig: Rig, limit: int) -> None:
    kept = [rig.line(number, number // 4) for number in range(7)] + [rig.fact(3), rig.fact(9)]
    await rig.keep(*kept)

    async def read(cursor: str | None, most: int) -> tuple[Sequence[LogDocument], str | None]:
        return await rig.log.find(rig.query(), cursor, most)

    entries = await every_entry(read, limit)
    assert sorted((each.index, each.id) for each in entries) == sorted(
        (each.index, each.id) for each in kept
    )
    times = [str(each.source["@timestamp"]) for each in entries]
    assert times == sorted(times, reverse=True)


async def test_a_cursor_of_another_query_is_refused(rig: Rig) -> None:
    async def read(cursor: str | None, most: int) -> tuple[Sequence[LogDocument], str | None]:
        return await rig.log.find(rig.query(), cursor, most)

    await refuses_foreign_cursors(read)


async def test_a_level_means_it_and_what_is_worse(rig: Rig) -> None:
    levels = ("debug", "info", "warning", "error", "critical")
    await rig.keep(*(rig.line(n, n, log={"level": level}) for n, level in enumerate(levels)))
    await rig.keep(rig.fact(9))
    assert await rig.found(level="warning") == ["0004", "0003", "0002"]
    assert len(await rig.found(level="debug")) == 5, "a fact has no level"


async def test_an_account_did_it_or_it_was_done_to(rig: Rig) -> None:
    account = str(uuid4())
    await rig.keep(
        rig.fact(1, 1, user={"id": account}),
        rig.fact(2, 2, user={"id": "other", "target": {"id": account}}),
        rig.fact(3, 3, user={"id": "other"}),
    )
    assert await rig.found(account=account) == ["0002", "0001"]


async def test_every_word_is_in_the_line_and_none_is_syntax(rig: Rig) -> None:
    await rig.keep(
        rig.line(1, 1, message="the lane waits for Postgres"),
        rig.line(2, 2, message="the lane goes on"),
        rig.line(3, 3, error={"type": "OSError", "message": "no Postgres lane"}),
    )
    assert await rig.found(text="LANE postgres") == ["0003", "0001"]
    assert await rig.found(text='"waits OR goes" -lane') == []


async def test_a_range_has_its_beginning_and_not_its_end(rig: Rig) -> None:
    await rig.keep(*(rig.line(n, n) for n in range(4)))
    assert await rig.found(since=at(1), until=at(3)) == ["0002", "0001"]


async def test_bars_count_all_and_what_tells_of_a_fault(rig: Rig) -> None:
    await rig.keep(
        rig.line(1, 0),
        rig.line(2, 0, log={"level": "error"}),
        rig.fact(3, 59, event={"id": "x", "action": "messageRefused", "outcome": "failure"}),
        rig.line(4, 60),
    )
    bars = await rig.log.bars(rig.query(since=at(0), until=at(120)))
    origin = bars.since
    assert (bars.until - origin, bars.step, bars.total) == (120, 1, 4)
    assert [(each.at - origin, each.count, each.faults) for each in bars.bars] == [
        (0, 2, 1),
        (59, 1, 1),
        (60, 1, 0),
    ]
    assert (list(bars.services), list(bars.actions)) == ([rig.service], ["messageRefused"])


async def test_bars_of_an_open_range_are_those_of_what_there_is(rig: Rig) -> None:
    await rig.keep(rig.line(1, 10), rig.line(2, 20))
    bars = await rig.log.bars(rig.query())
    assert (bars.until - bars.since, bars.total) == (11, 2)


async def test_a_trace_is_all_of_it_in_order(rig: Rig) -> None:
    trace = {"id": uuid4().hex}
    await rig.keep(
        rig.line(1, 2, trace=trace),
        rig.fact(2, 1, trace=trace),
        rig.line(3, 1, trace={"id": uuid4().hex}),
    )
    assert [name(each) for each in await rig.log.of_trace(trace["id"])] == ["0002", "0001"]
    assert await rig.log.of_trace(uuid4().hex) == []


async def test_a_search_of_our_own_is_answered_as_it_is(rig: Rig) -> None:
    await rig.keep(rig.line(1))
    answer = await rig.log.run(f"{LOGS}-{DAY}", {"size": 0, "track_total_hits": True})
    assert answer["hits"]["total"]["value"] >= 1
    none = await rig.log.run("chatstream-none-*", {"size": 0})
    assert none["hits"]["total"]["value"] == 0
