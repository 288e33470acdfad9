"""The table of posts: what facts leave of them and of lists, in any batches, and who can read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.content.author_pages import Newest, PageAsked, Place, place_of
from chatstream.errors import TransientFailure
from schemas import records
from tables.posts import PostTable, apply, relist
from tests.fakes.tables import FakeTable, fake_app

AT = "2026-11-30T00:00:00.000Z"
SECOND = "2026-11-30T00:00:01.000Z"


def fact(kind: type[Any], number: int, content_id: str = "c", **more: Any) -> Any:
    base: dict[str, Any] = {
        "request_id": "r",
        "account_id": "a",
        "fact_no": number,
        "content_id": content_id,
        "author_id": "author",
        "at": AT,
    }
    return kind(**{**base, **more})


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


async def test_an_authors_list_has_what_is_published_and_loses_what_is_deleted(
    posts: PostTable,
) -> None:
    told = [
        published(1, "b", first_published_at=SECOND),
        published(2, "a"),
        published(3, "a", version=2),
        published(4, "c", author_id="other"),
    ]
    await posts.count(0, 0, told)
    assert posts.newest(0, "author") == Newest(((SECOND, "b"), (AT, "a")))
    await posts.count(0, 4, [fact(records.ContentDeleted, 5, "b")])
    assert posts.newest(0, "author") == Newest(((AT, "a"),))
    assert posts.newest(0, "other") == Newest(((AT, "c"),))
    assert posts.newest(1, "author") == posts.newest(0, "nobody") == Newest()


async def test_of_who_is_erased_no_list_is_left(posts: PostTable, table: FakeTable) -> None:
    await posts.count(0, 0, [published(1, "a"), published(2, "b")])
    await posts.count(0, 2, [fact(records.ContentDeleted, 3, "a", author_id="", account_id="")])
    assert "0:!author" not in table.rows[0]
    # As Postgres tells it again afterwards.
    erased = [
        published(1, "a", author_id="", title=""),
        published(2, "b", author_id="", title=""),
        fact(records.ContentDeleted, 3, "a", author_id=""),
        fact(records.ContentDeleted, 4, "b", author_id=""),
    ]
    await posts.count(0, 0, erased)
    assert [key for key in table.rows[0] if "!" in key] == []


def test_a_fact_that_the_list_has_changes_nothing() -> None:
    """Its number is the highest, so that a changelog is read to the same end."""
    lists: dict[str, list[Any] | None] = {"!author": [5, [], SECOND]}
    later = {"first_published_at": "2026-11-30T00:00:02.000Z"}
    assert relist(lists, None, published(5, **later)) == {}
    assert relist(lists, None, published(6, **later)) == {
        "!author": [6, ((later["first_published_at"], "c"),), SECOND]
    }


async def test_a_page_is_of_all_partitions_and_lacks_what_is_not_to_be_seen(
    posts: PostTable, table: FakeTable
) -> None:
    for partition, content_id in ((0, "a"), (1, "b"), (1, "c"), (2, "d")):
        count = len(table.rows.get(partition, {})) + 1
        await posts.count(partition, count, [published(count, content_id)])
    # As if a list had been cut off before its post.
    table.rows[1]["1:c"] = [9, None]

    def ids(asked: PageAsked, *partitions: int) -> list[str]:
        return [each["contentId"] for each in posts.page(asked, partitions)[1]]

    assert ids(PageAsked("author", 5), 0, 1, 2) == ["d", "b", "a"]
    assert ids(PageAsked("author", 5), 0, 1) == ["b", "a"]
    assert ids(PageAsked("author", 5, ("2026", "x")), 0, 1) == []
    assert posts.page(PageAsked("author", 5), (0, 1))[0] == {0: None, 1: None}
    # One page, one that tells of more, one where it begins: not more is read.
    for number in range(9):
        await posts.count(3, 0, [published(number + 1, f"e{number}")])
    assert ids(PageAsked("author", 2), 3) == ["e8", "e7", "e6", "e5"]


async def test_a_cursor_of_another_layout_counts_for_nothing(
    posts: PostTable, table: FakeTable
) -> None:
    facts = [published(1, "a"), published(2, "b"), fact(records.ContentDeleted, 3, "b")]
    await posts.count(0, 0, facts)
    await posts.line.move(0, 3)
    assert posts.line.cursor(0) == 3
    # A worker of the first layout has no lists.
    table.rows[0] = {k: v for k, v in table.rows[0].items() if "!" not in k}
    table.rows[0]["0:"] = [0, 3]
    assert posts.line.cursor(0) == 0
    await posts.count(0, 0, facts)
    await posts.line.move(0, 3)
    assert (posts.line.cursor(0), posts.newest(0, "author")) == (3, Newest(((AT, "a"),)))


kinds = st.sampled_from(["published", "liked", "viewed", "deleted", "erased", "written"])


def made(number: int, kind: str, content_id: str) -> Any:
    match kind:
        case "published":
            at = SECOND if content_id == "a" else AT
            return published(number, content_id, title=str(number), first_published_at=at)
        case "liked":
            return fact(records.ContentLiked, number, content_id, likes=number)
        case "viewed":
            return fact(records.ContentViewed, number, content_id, views=number)
        case "deleted":
            return fact(records.ContentDeleted, number, content_id)
        case "erased":
            return fact(records.ContentDeleted, number, content_id, author_id="")
    return fact(records.VersionWritten, number, content_id, version=1, title="", body="")


@given(
    st.lists(st.tuples(kinds, st.sampled_from("abc")), min_size=1, max_size=20),
    st.lists(st.integers(0, 20), max_size=6),
    st.data(),
)
async def test_batches_repeats_and_cut_writes_leave_what_one_after_the_other_leaves(
    told: list[tuple[str, str]], cuts: list[int], data: st.DataObject
) -> None:
    facts = list(lived([made(number, *each) for number, each in enumerate(told, start=1)]))
    expected, places = recounted(facts)
    table: Any = CutTable()
    posts = PostTable(fake_app(), table)
    edges = sorted({0, len(facts), *(min(cut, len(facts)) for cut in cuts)})
    for begin, end in pairwise(edges):
        table.left = data.draw(st.integers(0, 4))
        with contextlib.suppress(TransientFailure):
            await posts.count(0, begin, facts[begin:end])
        table.left = None
        await posts.count(0, begin, facts[begin:end])
    assert {key: posts.post(0, key) for key in expected} == expected
    _, page = posts.page(PageAsked("author", 20), [0])
    found = [place_of(each) for each in page]
    assert set(posts.newest(0, "author").places) <= set(live(expected))
    assert found == places or (is_erased(facts) and set(found) <= set(live(expected)))
    if is_erased(facts):
        last = facts[-1].fact_no + 1
        rest = [made(last + n, "erased", key) for n, (_, key) in enumerate(live(expected))]
        await posts.count(0, last - 1, [*rest, made(last + len(rest), "written", "d")])
        assert [key for key in table.rows.get(0, {}) if "!" in key] == []


def is_erased(facts: Sequence[Any]) -> bool:
    return any(isinstance(each, records.ContentDeleted) and not each.author_id for each in facts)


def live(shown: Mapping[str, Any]) -> list[Place]:
    return [place_of(post) for post in shown.values() if post is not None]


def lived(facts: Sequence[Any]) -> Iterator[Any]:
    """Without what no line tells: a post that is deleted twice, or published again."""
    gone: set[str] = set()
    for each in facts:
        if each.content_id not in gone:
            yield each
        if isinstance(each, records.ContentDeleted):
            gone.add(each.content_id)


def recounted(facts: Sequence[Any]) -> tuple[dict[str, Any], list[Place]]:
    """What is to be seen, and the author's list, one fact after the other.

    Of who is erased all is deleted soon; what is not yet is in no list any more.
    """
    shown: dict[str, Any] = {}
    listed: set[str] = set()
    for each in facts:
        shown[each.content_id] = apply(shown.get(each.content_id), each)
        if isinstance(each, records.VersionPublished):
            listed.add(each.content_id)
        elif isinstance(each, records.ContentDeleted):
            listed = set() if not each.author_id else listed - {each.content_id}
    return shown, sorted((place_of(shown[each]) for each in listed), reverse=True)


class CutTable(FakeTable):
    """Writes only `left` rows of a write, in the order of the keys; None: all."""

    def __init__(self) -> None:
        super().__init__("posts")
        self.left: int | None = None

    async def write(self, partition: int, changes: Mapping[str, Any]) -> None:
        keys = sorted(changes)[: self.left]
        await super().write(partition, {key: changes[key] for key in keys})
        if len(keys) < len(changes):
            raise TransientFailure("posts: cut off")
