"""Every panel of the dashboards on known data: its numbers are a recount's, and it can be drawn."""

from __future__ import annotations

import asyncio
import json
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
from elasticsearch import AsyncElasticsearch

from chatstream.domain.documents import DEAD_LETTERS, EVENTS, LAG, LOGS, MESSAGES
from chatstream.settings import PostgresSettings, Settings
from infra.elastic.client import connect
from infra.elastic.sink import ElasticDocuments
from infra.elastic.templates import template
from infra.embedded.stack import Stack
from infra.kibana.queries import Filters, PanelSearch, resolve
from infra.kibana.sources import LANGUAGES, panels
from infra.postgres.databases import chat_databases
from infra.postgres.pool import Database
from infra.text.korean import Words
from tests.contract.chat_rig import Chat
from tests.integration.kibana_known import (
    ASKED,
    INGESTED,
    LAGS,
    LETTERS,
    LINES,
    MINUTE,
    NOW,
    REQUESTS,
    SHOWN,
    TOLD,
    WISHED,
    Known,
    Point,
    outside,
    put_accounts,
    put_events,
    put_lags,
    put_letters,
    put_lines,
    put_messages,
)
from tests.servers import elastic_of

pytestmark = pytest.mark.servers

RENDER = Path(__file__).with_name("render_panels.js")
DATASETS = (EVENTS, MESSAGES, LOGS, DEAD_LETTERS, LAG)
NONE = {"took": 1, "hits": {"total": {"value": 0, "relation": "eq"}, "hits": []}}
"""What Elasticsearch answers to a search of a pattern that no index has."""


@dataclass(frozen=True)
class Answers:
    """What Elasticsearch said to each panel, and the recount of what Postgres holds."""

    said: Mapping[str, Any]
    narrowed: Mapping[str, Any]
    points: Mapping[str, list[Point]]
    messages: list[tuple[int, str, str, str, str]]

    def aggregations(self, panel: str) -> Any:
        return self.said[panel]["aggregations"]


async def search(client: AsyncElasticsearch, prefix: str, asked: PanelSearch) -> Any:
    """The answer; the datasets have a prefix of the test's own, beside those of others."""
    text = orjson.dumps({"index": asked.index, "body": asked.body}).decode()
    for dataset in DATASETS:
        text = text.replace(dataset, f"{prefix}{dataset}")
    own = orjson.loads(text)
    answer = await client.search(index=own["index"], **own["body"])
    return dict(answer.body)


@pytest.fixture(scope="module")
async def answers(
    servers: Stack, postgres_chat: dict[str, str], postgres_auth: str
) -> AsyncIterator[Answers]:
    """All panels' answers over one set of known data; its indices are gone afterwards."""
    known, prefix = Known(), f"trial-{uuid4().hex[:8]}-"
    databases = chat_databases(Settings(postgres=PostgresSettings(chat=postgres_chat)))
    await databases.open()
    auth = Database("auth", postgres_auth, PostgresSettings())
    chat = Chat(databases)
    rooms = await put_messages(chat, known)
    accounts = await put_accounts(auth, known)
    put_events(known)
    put_lines(known)
    put_letters(known)
    put_lags(known)
    messages = [row for home in databases.chat.values() for row in await recount(home, rooms)]
    known.points["messages"] = [(when, kind) for when, kind, *_ in messages]
    known.points["signups"] = [(when, "") for when in await created(auth, accounts)]
    async with connect(elastic_of(servers)) as client:
        for dataset in DATASETS:
            inner = template(dataset)["template"]
            await client.indices.create(
                index=f"{prefix}{dataset}-x", mappings=inner["mappings"], settings=inner["settings"]
            )
        documents = [*known.documents, *outside(known)]
        own = [
            replace(each, index=f"{prefix}{dataset}-x")
            for each in documents
            for dataset in DATASETS
            if each.index.startswith(dataset)
        ]
        written = await ElasticDocuments(client, elastic_of(servers)).write(own)
        assert (written.refused, written.delayed) == ({}, {})
        await client.indices.refresh(index=f"{prefix}*")
        only = Filters(filter=({"term": {"service.name": "chat"}},))
        said, narrowed = {}, {}
        for name, panel in panels().items():
            said[name] = await search(client, prefix, resolve(panel.request, SHOWN, Filters()))
            narrowed[name] = await search(client, prefix, resolve(panel.request, SHOWN, only))
        yield Answers(said, narrowed, known.points, messages)
        for dataset in DATASETS:
            await client.indices.delete(index=f"{prefix}{dataset}-x")
    await auth.close()
    await databases.close()


async def recount(database: Database, rooms: list[str]) -> list[tuple[int, str, str, str, str]]:
    """What Postgres holds of the rooms: when, kind of room, room, account and text."""
    return [
        (row[0], row[1], row[2], row[3], row[4])
        for row in await database.fetch(
            "select (extract(epoch from m.created_at) * 1000)::bigint, r.kind, m.room_id::text,"
            " m.account_id::text, m.body from messages m join rooms r on r.room_id = m.room_id"
            " where m.room_id = any(%s::uuid[])",
            (rooms,),
        )
    ]


async def created(database: Database, accounts: list[str]) -> list[int]:
    rows = await database.fetch(
        "select (extract(epoch from at) * 1000)::bigint from account_facts"
        " where account_id = any(%s::uuid[])",
        (accounts,),
    )
    return [row[0] for row in rows]


def series(found: Any) -> Counter[Point]:
    """The numbers of a panel over time, by bucket and series; without those that are 0."""
    counts: Counter[Point] = Counter()
    for bucket in found.get("kept", found)["time"]["buckets"]:
        if "series" in bucket:
            named = {each["key"]: each["doc_count"] for each in bucket["series"]["buckets"]}
        else:
            parts = {name: part for name, part in bucket.items() if isinstance(part, dict)}
            named = {name: part["doc_count"] for name, part in parts.items()}
            named = named or {"": bucket["doc_count"]}
        for kind, count in named.items():
            counts[bucket["key"], kind] += count
    return +counts


def at_buckets(points: Iterable[Point], found: Any) -> Counter[Point]:
    """The same recounted: each point in the bucket that began last before it."""
    keys = [bucket["key"] for bucket in found.get("kept", found)["time"]["buckets"]]
    return Counter((keys[bisect_right(keys, when) - 1], kind) for when, kind in points)


OVER_TIME = (
    "messages",
    "signups",
    "refusals",
    "abuse",
    "errors_over_time",
    "requests",
    "sagas",
    "dead_letters_over_time",
    "lag_states",
)


@pytest.mark.parametrize("panel", OVER_TIME)
async def test_each_stretch_of_time_has_the_recounts_number(answers: Answers, panel: str) -> None:
    found = answers.aggregations(panel)
    shown = series(found)
    assert shown == at_buckets(answers.points[panel], found)
    assert len({when for when, _ in shown}) > 1
    keys = [bucket["key"] for bucket in found.get("kept", found)["time"]["buckets"]]
    assert len(keys) in range(40, 60)
    assert keys[0] <= SHOWN.bounds["min"] <= keys[1]
    assert keys[-1] <= SHOWN.bounds["max"]


async def test_writers_and_rooms_are_those_of_postgres(answers: Answers) -> None:
    found = answers.aggregations("writers")
    buckets = found["kept"]["time"]["buckets"]
    for kind in ("rooms", "people"):
        points = {(row[0], row[2] if kind == "rooms" else row[3]) for row in answers.messages}
        told = {key for key, _ in at_buckets(points, found)}
        distinct = Counter(when for when, _ in set(at_buckets(points, found)))
        shown = {each["key"]: each[kind]["value"] for each in buckets if each[kind]["value"]}
        assert shown == distinct
        assert shown.keys() == told


async def test_words_are_those_of_the_messages_that_may_be_told(answers: Answers) -> None:
    counts: Counter[str] = Counter()
    is_open = set()
    for _, kind, _, _, text in answers.messages:
        for word in Words().count(text):
            counts[word] += 1
            if kind == "open":
                is_open.add(word)
    # No word is in three rooms and of five people here; none is a number.
    wanted = {word: count for word, count in counts.items() if word in is_open}
    wanted = {word: count for word, count in wanted.items() if not word.isdigit()}
    found = answers.aggregations("words")["words"]["buckets"]
    assert {each["key"]: each["doc_count"] for each in found} == wanted
    for each in found:
        assert sum(part["doc_count"] for part in each["time"]["buckets"]) == each["doc_count"]


def nested(found: Any, outer: str, inner: str) -> Counter[tuple[str, str]]:
    return Counter(
        {
            (each["key"], part["key"]): part["doc_count"]
            for each in found[outer]["buckets"]
            for part in each[inner]["buckets"]
        }
    )


async def test_sums_are_those_of_the_planted_lines_and_letters(answers: Answers) -> None:
    errors = nested(answers.aggregations("errors")["kept"], "services", "levels")
    assert errors == Counter((service, level) for _, service, level in LINES if level != "info")
    letters = nested(answers.aggregations("dead_letters"), "topics", "codes")
    assert letters == Counter((topic, code) for _, topic, code in LETTERS)


async def test_the_overview_counts_all_of_it(answers: Answers) -> None:
    found = answers.aggregations("overview")
    assert {name: part["doc_count"] for name, part in found.items()} == {
        "messages": len(answers.messages),
        "signups": len(answers.points["signups"]),
        # Not the attempt of a step that failed, which nobody was refused.
        "refusals": len(answers.points["refusals"]),
        "requests": len(REQUESTS),
        "errors": len(answers.points["errors_over_time"]),
        "dead_letters": len(LETTERS),
    }


async def test_a_messages_way_has_the_times_that_it_took(answers: Answers) -> None:
    found = answers.aggregations("message_way")
    legs = {"wished": ASKED - WISHED, "stored": WISHED, "told": TOLD, "ingested": INGESTED - TOLD}
    for leg, milliseconds in legs.items():
        assert found[leg]["doc_count"] == len(answers.messages)
        assert set(found[leg]["took"]["values"].values()) == {milliseconds}
    buckets = answers.aggregations("message_way_over_time")["kept"]["time"]["buckets"]
    took = {each["took"]["values"]["50.0"] for each in buckets if each["doc_count"]}
    assert took == {(ASKED + TOLD) * 1_000_000}


async def test_slow_routes_and_requests_come_first(answers: Answers) -> None:
    routes = answers.aggregations("slow_routes")["kept"]["routes"]["buckets"]
    assert [each["key"] for each in routes] == ["/search", "/user/login", "/chat/{roomId}"]
    medians = [each["took"]["values"]["50.0"] / 1_000_000 for each in routes]
    assert medians == [4000, 250, 10]
    hits = answers.aggregations("slowest_requests")["kept"]["slowest"]["hits"]["hits"]
    took = [hit["_source"]["event"]["duration"] / 1_000_000 for hit in hits]
    assert took == sorted((row[3] for row in REQUESTS), reverse=True)[:15]


async def test_lag_is_the_most_of_each_group_and_of_each_topic_behind(answers: Answers) -> None:
    for panel, place in (("lag_records", 3), ("lag_seconds", 4)):
        buckets = answers.aggregations(panel)["kept"]["time"]["buckets"]
        keys = [bucket["key"] for bucket in buckets]
        wanted: dict[tuple[int, str], float] = {}
        for minutes, group, _, *rest in LAGS:
            key = keys[bisect_right(keys, NOW - minutes * MINUTE) - 1]
            wanted[key, group] = max(wanted.get((key, group), 0), rest[place - 3])
        assert {
            (bucket["key"], part["key"]): part["most"]["value"]
            for bucket in buckets
            for part in bucket["series"]["buckets"]
        } == wanted
    topics = answers.aggregations("lag_topics")["kept"]["topics"]["buckets"]
    most: dict[tuple[str, str], int] = {}
    for _, group, _, records, *_ in LAGS:
        if records:
            most[f"kakao.{group}", group] = max(most.get((f"kakao.{group}", group), 0), records)
    assert {
        (each["key"], part["key"]): part["most"]["value"]
        for each in topics
        for part in each["groups"]["buckets"]
    } == most
    assert [each["most"]["value"] for each in topics] == sorted(most.values(), reverse=True)


async def test_the_dashboards_filters_narrow_what_is_counted(answers: Answers) -> None:
    errors = nested(answers.narrowed["errors"]["aggregations"]["kept"], "services", "levels")
    assert errors == Counter((service, level) for _, service, level in LINES if service == "chat")
    assert not series(answers.narrowed["requests"]["aggregations"])


async def test_every_panel_is_drawn_in_both_languages_and_without_data(answers: Answers) -> None:
    specs = {
        f"{name}.{language}.{kind}": panel.drawn(language, answer)
        for name, panel in panels().items()
        for language in LANGUAGES
        for kind, answer in (("data", answers.said[name]), ("none", NONE))
        if kind == "data" or language == "en"
    }
    drawn = await render(specs)
    assert drawn.keys() == specs.keys()
    for name, each in drawn.items():
        assert each["svg"].startswith("<svg"), name
        assert not re.search(r">[^<]*(NaN|undefined)", each["svg"]), name
        if name.endswith(".data"):
            # Nor in what is told of a mark, which is what its tooltip says.
            assert not re.search("NaN|undefined", each["svg"]), name
            assert each["said"] == [], name
            empty = drawn[f"{name.partition('.')[0]}.en.none"]["svg"]
            # A number stands where nothing is counted too.
            assert name.startswith("overview.") or marks(each["svg"]) > marks(empty), name
            assert each["svg"] != empty, name


def marks(svg: str) -> int:
    return svg.count('role="graphics-symbol"')


async def render(specs: Mapping[str, Any]) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        "node",
        str(RENDER),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate(json.dumps(specs).encode())
    assert process.returncode == 0, err.decode()
    drawn: dict[str, Any] = json.loads(out)
    return drawn
