"""The table of posts: what facts leave of them, in any batches, and by whom it can be read."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import records
from tables.posts import PostTable, apply
from tests.fakes.tables import FakeTable, fake_app

AT = "2026-11-30T00:00:00.000Z"


def fact(kind: type[Any], number: int, content_id: str = "c", **more: Any) -> Any:
    base: dict[str, Any] = {
        "request_id": "r",
        "account_id": "a",
        "fact_no": number,
        "content_id": content_id,
        "author_id": "author",
        "at": AT,
    }
    return kind(**base, **more)


def published(number: int, content_id: str = "c", **more: Any) -> Any:
    texts = {"version": 1, "title": "제목", "body": "글", "tags": ("태그",)}
    fields = {**texts, "first_published_at": AT, **more}
    return fact(records.VersionPublished, number, content_id, **fields)


@pytest.fixture
def table() -> FakeTable:
    return FakeTable("posts")


@pytest.fixture
def posts(table: Any) -> PostTable:
    return PostTable(fake_app(), table)


async def test_a_post_is_as_its_last_facts_say(posts: PostTable) -> None:
    assert posts.post(0, "c") is None
    await posts.count(0, 0, [fact(records.VersionWritten, 1, version=1, title="", body="")])
    assert posts.post(0, "c") is None
    await posts.count(
        0,
        1,
        [
            published(2),
            fact(records.ContentLiked, 3, likes=1),
            fact(records.ContentViewed, 4, views=5),
            published(5, version=2, title="둘째", edited_at=AT, likes=1, views=5),
            fact(records.ContentUnliked, 6, likes=0),
        ],
    )
    assert posts.post(0, "c") == {
        "contentId": "c",
        "authorId": "author",
        "version": 2,
        "title": "둘째",
        "body": "글",
        "tags": ["태그"],
        "publishedAt": AT,
        "editedAt": AT,
        "likes": 0,
        "views": 5,
    }
    await posts.count(0, 6, [fact(records.TracesErased, 7, likes=0, views=4)])
    post = posts.post(0, "c")
    assert post is not None
    assert post["views"] == 4


async def test_a_deleted_post_never_comes_back(posts: PostTable) -> None:
    assert await posts.count(0, 0, [published(1), fact(records.ContentDeleted, 2)]) == 2
    assert posts.post(0, "c") is None
    await posts.count(0, 0, [published(1), fact(records.ContentLiked, 2, likes=1)])
    assert posts.post(0, "c") is None


async def test_it_is_read_where_it_is_held(posts: PostTable, table: FakeTable) -> None:
    assert list(posts.readable()) == []
    await posts.count(3, 0, [published(1)])
    assert list(posts.readable()) == [3]
    assert posts.post(2, "c") is None
    posts.app.serving = False  # type: ignore[misc]
    assert list(posts.readable()) == []


kinds = st.sampled_from(["published", "liked", "viewed", "deleted", "written"])


def made(number: int, kind: str, content_id: str) -> Any:
    match kind:
        case "published":
            return published(number, content_id, title=str(number))
        case "liked":
            return fact(records.ContentLiked, number, content_id, likes=number)
        case "viewed":
            return fact(records.ContentViewed, number, content_id, views=number)
        case "deleted":
            return fact(records.ContentDeleted, number, content_id)
    return fact(records.VersionWritten, number, content_id, version=1, title="", body="")


@given(
    st.lists(st.tuples(kinds, st.sampled_from("ab")), min_size=1, max_size=20),
    st.lists(st.integers(0, 20), max_size=6),
)
async def test_batches_and_repeats_leave_what_one_after_the_other_leaves(
    told: list[tuple[str, str]], cuts: list[int]
) -> None:
    facts = [made(number, *each) for number, each in enumerate(told, start=1)]
    expected: dict[str, Any] = {}
    for each in facts:
        expected[each.content_id] = apply(expected.get(each.content_id), each)
    table: Any = FakeTable("posts")
    posts = PostTable(fake_app(), table)
    edges = sorted({0, len(facts), *(min(cut, len(facts)) for cut in cuts)})
    for begin, end in pairwise(edges):
        await posts.count(0, begin, facts[begin:end])
        await posts.count(0, begin, facts[begin:end])
    assert {key: posts.post(0, key) for key in expected} == expected
