"""An author's page out of what partitions list of it: as the whole list says, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.content.author_pages import (
    AuthorPart,
    Newest,
    PageAsked,
    Place,
    merged,
    place_of,
)
from chatstream.domain.content.freshness import Unheld

PARTITIONS = 3
MOST = 3


def place(second: int, content_id: str) -> Place:
    return f"2026-11-30T00:00:{second:02}.000Z", content_id


def post(at: Place) -> dict[str, Any]:
    return {"publishedAt": at[0], "contentId": at[1]}


def parts(age: float = 0.1, floor: str | None = None) -> list[AuthorPart]:
    return [AuthorPart(each, age, floor) for each in range(PARTITIONS)]


def page(
    posts: Sequence[Place],
    limit: int = 2,
    *,
    after: Place | None = None,
    of: Sequence[AuthorPart] | None = None,
    took: float = 0.1,
) -> tuple[list[Place], bool] | Unheld:
    found = merged(
        PageAsked("author", limit, after),
        parts() if of is None else of,
        [post(each) for each in posts],
        partitions=PARTITIONS,
        took=took,
    )
    return found if isinstance(found, Unheld) else ([place_of(each) for each in found[0]], found[1])


A, B, C = place(3, "a"), place(2, "b"), place(1, "c")


def test_the_newest_come_first_and_a_further_page_begins_behind_the_last() -> None:
    assert page([C, A, B]) == ([A, B], True)
    assert page([C, A, B], after=B) == ([C], False)
    assert page([C, A, B], limit=3) == ([A, B, C], False)
    assert page([]) == ([], False)


def test_it_is_no_page_where_a_partition_is_missing_or_said_twice_or_proved_long_ago() -> None:
    assert page([A], of=parts()[1:]) is Unheld.UNPROVED
    assert page([A], of=[*parts()[1:], parts()[1]]) is Unheld.UNPROVED
    assert page([A], of=[*parts(), parts()[1]]) is Unheld.UNPROVED
    assert page([A], of=[*parts()[1:], AuthorPart(0, 0.9, None)]) is Unheld.LATE
    assert page([A], took=0.95) is Unheld.LATE


def test_what_lies_at_a_floor_or_below_is_nobodys_page() -> None:
    floor = [*parts()[1:], AuthorPart(0, 0.1, C[0])]
    assert page([A, B, C], of=floor) == ([A, B], True)
    assert page([A, B], of=floor) is Unheld.BEYOND
    assert page([A, B, C], of=floor, limit=3) is Unheld.BEYOND
    assert page([C], of=floor, after=B) is Unheld.BEYOND
    high = [*parts()[1:], AuthorPart(0, 0.1, B[0])]
    assert page([A, B, C], of=high) is Unheld.BEYOND
    assert page([A, B, C], of=high, limit=1) == ([A], True)


def test_the_order_within_a_millisecond_is_postgres_alone() -> None:
    tied = place(2, "z")
    assert page([A, B, tied]) is Unheld.TIED
    assert page([A, B, tied], limit=1) == ([A], True)
    assert page([A, B, tied], after=tied) is Unheld.TIED
    assert page([A, B, C], after=B) == ([C], False)


def test_a_list_keeps_the_newest_and_says_what_fell_out() -> None:
    newest = Newest()
    for each in (C, A, B, A):
        newest = newest.having(each, 2)
    assert newest == Newest((A, B), C[0])
    assert newest.lacking("a") == Newest((B,), C[0])
    assert newest.having(C, 2) == newest.lacking("x") == newest
    # An older post that is edited lowers no floor, also where there is room.
    older = place(0, "d")
    assert newest.having(older, 2) == newest
    assert newest.lacking("a").having(older, 2) == newest.lacking("a")


times = st.integers(0, 40)  # microseconds, of which four are a millisecond here
acts = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), st.integers(0, 30), times),
        st.tuples(st.just("delete"), st.integers(0, 30), times),
    ),
    max_size=40,
)


@given(acts, st.integers(1, 5), st.integers(1, 4))
def test_every_page_is_that_of_the_whole_list_wherever_the_page_before_it_came_from(
    acts: list[tuple[str, int, int]], limit: int, kept: int
) -> None:
    """Postgres goes by (time, id); lists by the millisecond, cut at `kept`."""
    whole: dict[str, int] = {}
    gone: set[str] = set()
    lists = [Newest() for _ in range(PARTITIONS)]
    for act, number, at in acts:
        content_id, partition = f"{number:02}", number % PARTITIONS
        if act == "publish" and content_id not in gone:
            whole.setdefault(content_id, at)
            there = _place(whole[content_id], content_id)
            lists[partition] = lists[partition].having(there, kept)
        elif act == "delete":
            whole.pop(content_id, None)
            gone.add(content_id)
            lists[partition] = lists[partition].lacking(content_id)
    ordered = sorted(((at, each) for each, at in whole.items()), reverse=True)
    of = [AuthorPart(n, 0.1, each.floor) for n, each in enumerate(lists)]
    for begin in (0, *range(1, len(ordered) + 1)):
        last = None if begin == 0 else _place(*ordered[begin - 1])
        posts = _first(lists, last, limit + 2)
        found = page(posts, limit, after=last, of=of)
        if not isinstance(found, Unheld):
            rest = [_place(*each) for each in ordered[begin:]]
            assert found == (rest[:limit], len(rest) > limit)
        elif found is Unheld.BEYOND:
            assert any(each.floor is not None for each in lists)
        else:
            assert found is Unheld.TIED
            shown = [_place(*each)[0] for each in ordered]
            assert any(one == other for one, other in pairwise(shown))


def _place(at: int, content_id: str) -> Place:
    return place(at // 4, content_id)


def _first(lists: Sequence[Newest], last: Place | None, most: int) -> list[Place]:
    """As holders answer, each of which has one partition."""
    found = []
    for each in lists:
        found += [p for p in each.places if last is None or p[0] <= last[0]][:most]
    return found
