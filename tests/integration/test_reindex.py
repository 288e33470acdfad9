"""Indices of an older mapping made anew while they serve, on real Elasticsearch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from elasticsearch import AsyncElasticsearch

from chatstream.commands.cli import cli
from chatstream.domain.documents import MESSAGES, Document, IndexedMessage, search_document
from chatstream.ports.search import SearchQuery
from chatstream.settings import ElasticSettings
from infra.elastic.client import connect
from infra.elastic.erasure import ElasticEraser
from infra.elastic.reindex import PAGE, Reindex
from infra.elastic.search import ElasticSearch
from infra.elastic.sink import ElasticDocuments
from infra.elastic.templates import await_templates, ensure_templates, stale_indices, template
from infra.embedded.doctor import search_indices
from infra.embedded.stack import Stack
from tests.servers import elastic_of

pytestmark = pytest.mark.servers

MONTH = f"{MESSAGES}-1999.01"
TARGET = f"{MESSAGES}.v{template(MESSAGES)['_meta']['version']}-1999.01"


class Stopped(Exception):
    """What ends a run in the middle."""


@dataclass
class Rig:
    """A month with the first mapping there was, and a sink that writes into it."""

    client: AsyncElasticsearch
    settings: ElasticSettings
    room_id: str = field(default_factory=lambda: str(uuid4()))
    told: list[str] = field(default_factory=list)

    async def write(self, *documents: Document) -> int:
        """Write like the log service: what is held back again; how often that was needed."""
        store, waiting, repeats = ElasticDocuments(self.client, self.settings), [*documents], -1
        while waiting:
            written = await store.write(waiting)
            assert written.refused == {}
            waiting = [waiting[number] for number in written.delayed]
            repeats += 1
        return repeats

    def document(self, seq: int, text: str | None, rev: int = 1, account_id: str = "a") -> Document:
        return search_document(
            IndexedMessage(
                room_id=self.room_id,
                seq=seq,
                rev=rev,
                message_id=str(seq),
                account_id=account_id,
                user_id="ara",
                user_name="아라",
                text=text,
                at="1999-01-02T03:04:05.678Z",
            )
        )

    def old_document(self, seq: int, text: str | None, rev: int = 1, **who: str) -> Document:
        """As the program of the first mapping wrote it."""
        made = self.document(seq, text, rev, **who)
        body = {name: value for name, value in made.body.items() if name != "folded"}
        return Document(made.index, made.id, body, made.version)

    async def find(self, text: str) -> set[int]:
        await self.client.indices.refresh(index=f"{MESSAGES}-*")
        search = ElasticSearch(self.client, self.settings)
        hits, _ = await search.search(SearchQuery(text=text, limit=50), [self.room_id])
        return {hit.message.seq for hit in hits}

    async def source(self, seq: int) -> Mapping[str, Any]:
        found = await self.client.get(index=MONTH, id=f"{self.room_id}:{seq}")
        body: Mapping[str, Any] = found.body
        return body

    async def run(self, stop_at: str | None = None) -> int:
        def say(line: str) -> None:
            self.told.append(line)
            if stop_at is not None and stop_at in line:
                raise Stopped

        return await Reindex(self.client, self.settings, say).run()

    async def names(self) -> set[str]:
        """The month's indices."""
        return set(await self.client.indices.get(index=f"{MESSAGES}*1999.01"))


def first_mapping() -> dict[str, Any]:
    grams = {"type": "ngram", "min_gram": 2, "max_gram": 2, "token_chars": ["letter", "digit"]}
    properties = template(MESSAGES)["template"]["mappings"]["properties"]
    properties = {name: field for name, field in properties.items() if name != "folded"}
    place = properties["chatstream"]["properties"]
    del place["message"]["properties"]["words"], place["room"]["properties"]["kind"]
    properties["message"] = {
        "type": "text",
        "fields": {"grams": {"type": "text", "analyzer": "two_grams"}},
    }
    return {
        "settings": {
            "analysis": {
                "tokenizer": {"two_grams": grams},
                "analyzer": {"two_grams": {"tokenizer": "two_grams", "filter": ["lowercase"]}},
            }
        },
        "mappings": {"dynamic": "strict", "_meta": {"version": 1}, "properties": properties},
    }


@pytest.fixture
async def rig(servers: Stack) -> AsyncIterator[Rig]:
    settings = elastic_of(servers)
    async with connect(settings) as client:
        name = "chatstream-first-mapping"
        await client.indices.put_index_template(
            name=name, index_patterns=[MONTH], priority=999, template=first_mapping()
        )
        await client.indices.create(index=MONTH)
        await client.indices.delete_index_template(name=name)
        await ensure_templates(client)
        made = Rig(client, settings)
        yield made
        for index in await made.names():
            await client.indices.delete(index=index)


async def test_an_old_month_serves_and_takes_new_documents_until_it_is_made_anew(rig: Rig) -> None:
    await rig.write(rig.old_document(1, "김치찌개 먹자"), rig.old_document(2, None))
    await rig.write(rig.document(3, "ＫＴＸ 탔어"))
    assert await stale_indices(rig.client) == [MONTH]
    assert await rig.find("치찌") == {1}
    assert await rig.find("김") == set()
    assert await rig.run() == 1
    assert await rig.find("김") == {1}
    assert await rig.find("ktx") == {3}
    assert (await rig.source(2))["_source"] == rig.document(2, None).body
    assert await rig.names() == {TARGET}
    assert await stale_indices(rig.client) == []
    assert await rig.run() == 0


async def test_what_is_written_meanwhile_is_not_lost_whatever_its_order(rig: Rig) -> None:
    await rig.write(*(rig.old_document(seq, f"처음 {seq}", rev=10) for seq in range(PAGE + 100)))
    written: dict[int, int] = {}
    done = asyncio.Event()

    async def sink() -> None:
        rev = 10
        while not done.is_set():
            rev += 1
            seqs = [rev * 7 % (PAGE + 100), PAGE + 100 + rev]
            # An older fact comes late as well, and must not win.
            await rig.write(*(rig.document(seq, f"다음 {rev}", rev) for seq in seqs))
            await rig.write(rig.document(seqs[0], "옛날", rev=1))
            written.update(dict.fromkeys(seqs, rev))

    writing = asyncio.create_task(sink())
    try:
        assert await rig.run() == 1
    finally:
        done.set()
        await writing
    assert await rig.names() == {TARGET}
    assert len(written) > 4
    kept = {seq: (await rig.source(seq))["_version"] for seq in written}
    assert kept == written
    await rig.client.indices.refresh(index=MONTH)
    count = (await rig.client.count(index=MONTH))["count"]
    assert count == len({*range(PAGE + 100), *written})


async def test_a_run_that_was_ended_is_gone_on_with_and_keeps_an_erasure(rig: Rig) -> None:
    await rig.write(
        *(rig.old_document(seq, "안녕", account_id=str(seq % 2)) for seq in range(2 * PAGE + 9))
    )
    with pytest.raises(Stopped):
        await rig.run(stop_at="documents")
    assert await rig.names() == {MONTH, TARGET}
    assert await rig.write(rig.document(1, "고친 안녕", rev=2, account_id="1")) == 0
    await rig.client.indices.refresh(index=TARGET)
    copied = await rig.client.count(index=TARGET, query={"term": {"user.id": "1"}})
    erased = await ElasticEraser(rig.client, rig.settings).erase("1")
    assert erased == {"search documents": PAGE + 4 + copied["count"], "log lines": 0}
    left = {"bool": {"filter": [{"term": {"user.id": "1"}}, {"exists": {"field": "user.name"}}]}}
    assert (await rig.client.count(index=TARGET, query=left))["count"] == 0
    assert await rig.run() == 1
    for seq, named in ((0, True), (1, False), (2 * PAGE + 7, False)):
        assert ("name" in (await rig.source(seq))["_source"]["user"]) is named
    assert await rig.find("고친") == {1}


async def test_a_run_that_ends_while_writes_are_held_back_lets_them_go(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def end(*_: object) -> None:
        raise Stopped

    await rig.write(rig.old_document(1, "안녕"))
    with monkeypatch.context() as patched:
        patched.setattr(Reindex, "_switch", end)
        with pytest.raises(Stopped):
            await rig.run()
    assert await rig.write(rig.document(2, "안녕")) == 0
    assert await rig.run() == 1
    assert await rig.find("안") == {1, 2}


async def test_an_index_that_a_late_write_made_is_made_anew(rig: Rig) -> None:
    await rig.write(rig.old_document(1, "안녕"))
    await rig.client.index(index=TARGET, document={"late": "안녕"})
    assert await rig.run() == 1
    assert await rig.names() == {TARGET}
    assert await rig.find("안") == {1}


async def test_documents_of_an_older_worker_are_completed(rig: Rig) -> None:
    await rig.run()
    await rig.write(rig.old_document(1, "김치찌개", rev=5), rig.old_document(2, None))
    assert await rig.find("김") == set()
    assert await rig.run() == 0
    assert await rig.find("김") == {1}
    assert (await rig.source(1))["_version"] == 5


async def test_the_log_service_and_the_doctor_tell_what_to_run(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    await await_templates(rig.client)
    fix = "python -m chatstream search reindex"
    assert f"{MONTH} has an older mapping: run `{fix}`" in caplog.messages
    (finding,) = await asyncio.to_thread(search_indices, rig.settings)
    assert (finding.mark, finding.fix) == ("note", fix)
    assert MONTH in finding.found
    await rig.run()
    (finding,) = await asyncio.to_thread(search_indices, rig.settings)
    assert finding.mark == "ok"


async def test_the_command_says_what_it_did(rig: Rig) -> None:
    await rig.write(rig.old_document(1, "안녕"))
    environment = {"CHATSTREAM_ELASTIC__URL": rig.settings.url}

    async def command() -> list[str]:
        found = await asyncio.to_thread(
            CliRunner().invoke, cli, ["search", "reindex"], env=environment
        )
        assert found.exit_code == 0, found.output
        return found.output.splitlines()

    assert await command() == [f"{MONTH}: switched to {TARGET}", "1 indices were made anew"]
    assert await command() == ["every index has this mapping"]
