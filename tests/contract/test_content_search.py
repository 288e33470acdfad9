"""ports.content_search in real Elasticsearch: what is found, in which order, and what is gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from chatstream.domain.content.documents import IndexedPost, post_document
from chatstream.ports.content_search import ContentHit, ContentQuery
from infra.elastic.client import connect
from infra.elastic.content_search import ElasticContentSearch
from infra.elastic.sink import ElasticDocuments
from infra.elastic.templates import ensure_templates
from infra.embedded.stack import Stack
from tests.contract.paging import every_entry, refuses_foreign_cursors
from tests.servers import elastic_of

pytestmark = pytest.mark.servers


class Index:
    """The index of posts; every test writes under an author of its own."""

    def __init__(self, servers: Stack) -> None:
        settings = elastic_of(servers)
        self.client = connect(settings)
        self.store = ElasticDocuments(self.client, settings)
        self.search = ElasticContentSearch(self.client, settings)
        self.author = str(uuid4())

    async def write(self, *posts: IndexedPost) -> None:
        written = await self.store.write([post_document(each) for each in posts])
        assert (written.refused, written.delayed) == ({}, {})
        await self.client.indices.refresh(index="chatstream-content-*")

    def post(self, title: str, body: str = "", **more: Any) -> IndexedPost:
        fields: dict[str, Any] = {
            "content_id": str(uuid4()),
            "rev": 7,
            "at": "2026-02-03T04:05:06.000Z",
            "version": 1,
            "author_id": self.author,
        }
        return IndexedPost(title=title, body=body, **(fields | more))

    async def find(self, text: str, **query: Any) -> list[ContentHit]:
        asked = ContentQuery(text=text, **({"author_id": self.author} | query))
        return list((await self.search.search(asked))[0])

    async def ids(self, text: str, **query: Any) -> list[str]:
        return [each.content_id for each in await self.find(text, **query)]


@pytest.fixture
async def index(servers: Stack) -> AsyncIterator[Index]:
    index = Index(servers)
    await ensure_templates(index.client)
    yield index
    await index.client.close()


async def test_titles_and_bodies_are_found_in_every_form(index: Index) -> None:
    rides = index.post("한강 자전거", "주말에 강변을 달렸다. Bikes are **fun**.")
    food = index.post("맛집", "밥을 맛있게 먹었습니다")
    await index.write(rides, food)
    for text in ("자전거", "ㅈㅈㄱ", "bike", "강변", "자전거 fun"):
        assert await index.ids(text) == [rides.content_id], text
    assert await index.ids("먹다") == [food.content_id]
    assert await index.ids("자전거 맛집") == []
    (hit,) = await index.find("강변")
    assert (hit.version, hit.title_highlight) == (1, "한강 자전거")
    assert hit.body_highlight == "주말에 \ue000강변\ue001을 달렸다. Bikes are **fun**."


async def test_it_is_narrowed_by_author_tag_and_time(index: Index) -> None:
    old = index.post("글", at="2025-01-01T00:00:00.000Z", tags=("여행", "사진"))
    new = index.post("글", tags=("여행",))
    other = index.post("글", author_id=str(uuid4()), tags=("사진",))
    await index.write(old, new, other)
    assert await index.ids("글") == [new.content_id, old.content_id]
    assert await index.ids("글", tag="사진") == [old.content_id]
    assert await index.ids("글", since="2026-01-01T00:00:00.000Z") == [new.content_id]
    assert await index.ids("글", until="2026-02-03T04:05:06.000Z") == [old.content_id]
    assert await index.ids("글", author_id=str(other.author_id)) == [other.content_id]


async def test_a_tag_narrows_however_its_case_and_width_are_written(index: Index) -> None:
    post, other = index.post("글", tags=("Travel", "Straße")), index.post("글", tags=("Sea",))
    await index.write(post, other)
    for tag in ("Travel", "TRAVEL", "ｔｒａｖｅｌ", "STRASSE"):
        assert await index.ids("글", tag=tag) == [post.content_id], tag


async def test_documents_that_keep_tags_as_written_are_found_by_just_that(index: Index) -> None:
    post = index.post("글", tags=("Travel",))
    document = post_document(post)
    body: Any = document.body
    body["chatstream"]["content"]["tags"] = ["Travel"]
    assert (await index.store.write([document])).refused == {}
    await index.client.indices.refresh(index="chatstream-content-*")
    assert await index.ids("글", tag="Travel") == [post.content_id]


async def test_the_latest_fact_stays_and_a_deleted_post_never_comes_back(index: Index) -> None:
    first = index.post("첫 제목")
    second = index.post("둘째 제목", content_id=first.content_id, rev=9, version=2)
    gone = IndexedPost(content_id=first.content_id, rev=11, at="2026-03-03T00:00:00.000Z")
    await index.write(second)
    await index.write(first)
    (hit,) = await index.find("제목")
    assert (hit.version, hit.title_highlight) == (2, "둘째 \ue000제목\ue001")
    await index.write(gone, gone)
    await index.write(first, second)
    assert await index.find("제목") == []


@pytest.mark.parametrize("sort", ["newest", "best"])
async def test_pages_have_every_post_once(index: Index, sort: str) -> None:
    posts = [
        index.post(
            "산책", "산책 " * (number % 3 + 1), at=f"2026-02-0{number % 4 + 1}T00:00:00.000Z"
        )
        for number in range(9)
    ]
    await index.write(*posts)

    async def read(cursor: str | None, limit: int) -> tuple[Any, str | None]:
        asked = ContentQuery(
            text="산책", author_id=index.author, sort=sort, cursor=cursor, limit=limit
        )
        return await index.search.search(asked)

    found = [each.content_id for each in await every_entry(read, 2)]
    assert sorted(found) == sorted(each.content_id for each in posts)
    if sort == "newest":
        by_time = sorted(posts, key=lambda each: (each.at, each.content_id), reverse=True)
        assert found == [each.content_id for each in by_time]
    await refuses_foreign_cursors(read)


async def test_the_best_has_the_word_by_itself(index: Index) -> None:
    within = index.post("자전거도로공사", at="2026-02-04T00:00:00.000Z")
    itself = index.post("자전거 타기")
    await index.write(within, itself)
    assert await index.ids("자전거") == [within.content_id, itself.content_id]
    assert await index.ids("자전거", sort="best") == [itself.content_id, within.content_id]
