"""The search's posts made anew from Postgres, on real Postgres and Elasticsearch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from elasticsearch import AsyncElasticsearch

from chatstream.commands.content_reindex import ContentReindex, PostLines
from chatstream.commands.index_rebuild import IndexRebuildError
from chatstream.domain.content.documents import IndexedPost, post_document
from chatstream.domain.documents import CONTENTS, Document
from chatstream.errors import TransientFailure
from chatstream.ports.contents import ContentAct
from infra.elastic.client import connect
from infra.elastic.fresh_indices import FreshIndices
from infra.elastic.sink import ElasticDocuments
from infra.elastic.templates import ensure_templates, template
from infra.embedded.stack import Stack
from infra.postgres.facts import PostgresFacts
from schemas import databases
from schemas.contexts.contents import CONTEXT
from tests.contract.content_rig import PARTITIONS, ContentRig, wish
from tests.servers import elastic_of

pytestmark = pytest.mark.servers

VERSION = template(CONTENTS)["_meta"]["version"]
SAID = {each.record: each.said for each in CONTEXT.kept}


class Stopped(Exception):
    """What ends a run in the middle."""


class Posts:
    """Posts of an author and an index of the test's own, which it begins without."""

    def __init__(self, contents: ContentRig, servers: Stack) -> None:
        self.contents = contents
        self.settings = elastic_of(servers)
        self.client: AsyncElasticsearch = connect(self.settings)
        self.author = str(uuid4())
        self.part = uuid4().hex[:12]
        self.name = f"{CONTENTS}-{self.part}"
        self.facts: list[Any] = []
        self.told: list[str] = []

    async def publish(self, title: str) -> Any:
        return await self.tell(await self.contents.published(self.author, title=title))

    async def edit(self, content_id: str, title: str) -> None:
        version, _, _ = await self.contents.row(content_id)
        edit = wish(ContentAct.EDIT, self.author, content_id, version=version, title=title)
        (published,) = await self.contents.inspected(*await self.contents.do(edit))
        await self.tell(published)

    async def delete(self, content_id: str, act: ContentAct = ContentAct.DELETE) -> None:
        (gone,) = await self.contents.do(wish(act, self.author, content_id))
        await self.tell(gone)

    async def tell(self, fact: Any) -> Any:
        """The log service hears of it."""
        self.facts.append(fact)
        await self.write(fact)
        return fact

    async def write(self, *facts: Any) -> None:
        """Like the log service: what is held back again."""
        store, waiting = ElasticDocuments(self.client, self.settings), []
        for each in facts:
            if (said := SAID[type(each)]) and isinstance(post := said(each), IndexedPost):
                waiting.append(self.document(post))
        while waiting:
            written = await store.write(waiting)
            assert written.refused == {}
            waiting = [waiting[number] for number in written.delayed]

    def document(self, post: IndexedPost) -> Document:
        return replace(post_document(post), index=self.name)

    def reindex(self) -> ContentReindex:
        found = PostgresFacts({}, {}, {databases.CONTENT: self.contents.database})
        lines = PostLines(facts=found, heads=found, partitions=PARTITIONS)
        fresh = FreshIndices(self.client, self.settings, CONTENTS, [self.part])
        return ContentReindex(lines, fresh, self.told.append, self.name)

    async def sources(self) -> Mapping[str, tuple[int, Mapping[str, Any]]]:
        """Version and body of the documents that the author's facts are about, by post."""
        await self.client.indices.refresh(index=self.name)
        ids = sorted({each.content_id for each in self.facts})
        found = await self.client.search(
            index=self.name, query={"ids": {"values": ids}}, size=1000, version=True
        )
        return {hit["_id"]: (hit["_version"], hit["_source"]) for hit in found["hits"]["hits"]}

    async def expected(self) -> Mapping[str, tuple[int, Mapping[str, Any]]]:
        """What the last fact of each post says."""
        last = {each.content_id: each for each in sorted(self.facts, key=lambda f: f.fact_no)}
        found = {}
        for content_id, fact in last.items():
            said = SAID[type(fact)]
            assert said is not None
            post = said(fact)
            assert isinstance(post, IndexedPost)
            found[content_id] = (fact.fact_no, post_document(post).body)
        return found

    async def indices(self) -> set[str]:
        own = f"{CONTENTS}*-{self.part}"
        return set(await self.client.indices.get(index=own, allow_no_indices=True))

    async def lose(self) -> None:
        """Whatever there is of the index."""
        for index in await self.indices():
            await self.client.indices.delete(index=index)

    def made(self, generation: int) -> str:
        return f"{CONTENTS}.v{VERSION}.g{generation}-{self.part}"

    async def shown(self) -> set[str]:
        """The author's posts that have a text."""
        return {key for key, (_, body) in (await self.sources()).items() if "message" in body}


@pytest.fixture
async def posts(contents: ContentRig, servers: Stack) -> AsyncIterator[Posts]:
    made = Posts(contents, servers)
    await ensure_templates(made.client)
    yield made
    await made.lose()
    await made.client.close()


async def test_what_is_made_anew_is_what_the_log_service_writes(posts: Posts) -> None:
    stays, edited, gone, erased = [await posts.publish(f"자전거 {n}") for n in range(4)]
    await posts.edit(edited.content_id, "고친 자전거")
    await posts.delete(gone.content_id)
    await posts.delete(erased.content_id, ContentAct.ERASE)
    before = await posts.sources()
    assert before == await posts.expected()
    for number in (1, 2):
        assert await posts.reindex().run() == 1
        assert await posts.sources() == before
        assert await posts.indices() == {posts.made(number)}
    assert await posts.shown() == {stays.content_id, edited.content_id}
    # What Kafka tells once more changes nothing.
    await posts.write(*posts.facts)
    assert await posts.sources() == before


async def test_what_is_changed_and_deleted_meanwhile_is_so_in_the_new_index(
    posts: Posts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatstream.commands.index_rebuild.SLICE", 3)
    first = [await posts.publish(f"처음 {n}") for n in range(12)]
    done, rounds = asyncio.Event(), 0

    async def go_on() -> None:
        nonlocal rounds
        while not done.is_set() or rounds < len(first):
            new = await posts.publish(f"나중 {rounds}")
            if rounds < len(first):
                of = first[rounds].content_id
                await (posts.delete(of) if rounds % 2 else posts.edit(of, f"고침 {rounds}"))
            if rounds % 3 == 0:
                await posts.delete(new.content_id)
            rounds += 1

    going = asyncio.create_task(go_on())
    try:
        assert await posts.reindex().run() == 1
    finally:
        done.set()
        await going
    assert await posts.sources() == await posts.expected()
    assert await posts.indices() == {posts.made(1)}


@pytest.mark.parametrize("broken", ["write", "note", "counts", "switch"])
async def test_whatever_ends_it_changes_nothing_that_serves(
    posts: Posts, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    one, two = [await posts.publish(f"글 {n}") for n in range(2)]
    before = await posts.sources()

    async def end(*_: object) -> None:
        raise Stopped

    with monkeypatch.context() as patched:
        patched.setattr(FreshIndices, broken, end)
        with pytest.raises(Stopped):
            await posts.reindex().run()
    assert await posts.sources() == before
    assert posts.name in await posts.indices()
    await posts.edit(one.content_id, "고친 글")
    await posts.delete(two.content_id)
    assert await posts.reindex().run() == 1
    assert any("goes on behind" in line for line in posts.told) is (broken in {"counts", "switch"})
    assert await posts.indices() == {posts.made(1)}
    assert await posts.sources() == await posts.expected()


async def test_documents_that_postgres_does_not_know_are_not_dropped_unasked(posts: Posts) -> None:
    # All that there is of other tests too.
    await posts.publish("글")
    await posts.reindex().run()
    strange = IndexedPost(content_id=str(uuid4()), rev=1, at="2026-11-30T00:00:00.000Z")
    written = await ElasticDocuments(posts.client, posts.settings).write([posts.document(strange)])
    assert (written.refused, written.delayed) == ({}, {})
    with pytest.raises(IndexRebuildError, match=r"would lose 1 documents.*--fewer"):
        await posts.reindex().run()
    assert posts.made(1) in await posts.indices()
    assert await posts.reindex().run(fewer=True) == 1
    assert await posts.indices() == {posts.made(2)}


async def test_an_index_that_was_lost_comes_back(posts: Posts) -> None:
    post = await posts.publish("잃은 글")
    await posts.lose()
    assert await posts.reindex().run() == 1
    assert await posts.indices() == {posts.made(1)}
    assert await posts.shown() == {post.content_id}


async def test_an_index_that_comes_at_the_last_moment_is_not_taken_for_the_old_one(
    posts: Posts, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = await posts.publish("글")
    await posts.lose()
    count = FreshIndices.counts

    async def written_meanwhile(self: FreshIndices) -> Any:
        found = await count(self)
        await posts.write(post)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(FreshIndices, "counts", written_meanwhile)
        with pytest.raises(TransientFailure, match="run the command again"):
            await posts.reindex().run()
    assert await posts.reindex().run() == 1
    assert await posts.sources() == await posts.expected()
