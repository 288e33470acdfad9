"""Lists of posts over HTTP: of an author, with a tag, the feed, what is popular, what is found."""

from __future__ import annotations

from typing import Any

import pytest

from chatstream.errors import ErrorCode, UserError
from chatstream.ports.content_search import ContentHit
from chatstream.ports.feeds import Subscription
from schemas import records
from schemas.contexts.contents import SUBSCRIPTION
from tests.fakes.contents import AT, AUTHOR_ID, CONTENT_ID, content_of
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.content_rig import TIME, Limits, Rig, refused
from tests.unit.web.edge import fault_of

SUBSCRIPTIONS, JIEUN = "/content/subscriptions", "/content/subscriptions/jieun"
SEARCH = "/search/content"
SUMMARY = {
    "contentId": CONTENT_ID,
    "version": 1,
    "title": "겨울 바다",
    "excerpt": "눈이 와요.",
    "tags": ["바다", "winter"],
    "author": {"userId": "jieun", "name": "지은"},
    "publishedAt": TIME,
    "editedAt": None,
    "likes": 0,
    "views": 0,
    "liked": False,
}


@pytest.fixture
async def rig(make_edge: MakeEdge) -> Rig:
    rig = await Rig().start(make_edge)
    rig.wishes.answer = subscribed
    return rig


def subscribed(wish: Any) -> object:
    """The subscription is as it was asked for."""
    kind = records.AuthorSubscribed
    if isinstance(wish, records.UnsubscribeFromAuthor):
        kind = records.AuthorUnsubscribed  # type: ignore[assignment]  # of the same fields
    return kind(
        request_id=wish.request_id,
        account_id=wish.account_id,
        author_id=wish.author_id,
        fact_no=1,
        at=TIME,
    )


def subscribe(rig: Rig) -> None:
    """The rig's login subscribes to Jieun."""
    rig.contents.subscribed[rig.account_id] = [
        Subscription(author_id=AUTHOR_ID, user_id="jieun", user_name="지은", since=AT)
    ]


async def ids(rig: Rig, path: str) -> tuple[list[str], str | None]:
    page = await (await rig.call("GET", path)).json()
    return [each["contentId"] for each in page["contents"]], page["cursor"]


async def test_an_authors_posts_are_listed_with_whether_one_subscribes(rig: Rig) -> None:
    page = await (await rig.call("GET", "/content?author=jieun")).json()
    author = {"userId": "jieun", "name": "지은", "subscribed": False}
    assert page == {"contents": [SUMMARY], "cursor": None, "author": author}
    subscribe(rig)
    page = await (await rig.call("GET", "/content?author=jieun")).json()
    assert page["author"]["subscribed"] is True


async def test_posts_with_a_tag_are_listed_as_the_tag_is_kept(rig: Rig) -> None:
    assert await ids(rig, "/content?tag=%23%E1%84%87%E1%85%A1%E1%84%83%E1%85%A1") == (
        [CONTENT_ID],
        None,
    )
    assert rig.contents.asked == [("tag", "바다")]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 400, "INVALID_INPUT"),
        ("?author=jieun&tag=x", 400, "INVALID_INPUT"),
        ("?author=jieun&cursor=x", 400, "INVALID_INPUT"),
        ("?tag=x&limit=51", 400, "INVALID_INPUT"),
        ("?tag=%20", 400, "INVALID_INPUT"),
        ("?author=nobody", 404, "USER_NOT_FOUND"),
        ("?author=%40%40", 404, "USER_NOT_FOUND"),
    ],
)
async def test_a_list_of_nothing_is_refused(rig: Rig, query: str, status: int, code: str) -> None:
    assert (await fault_of(await rig.call("GET", f"/content{query}")))[:2] == (status, code)


async def test_lists_come_page_by_page(rig: Rig) -> None:
    subscribe(rig)
    rig.contents.known = {each: content_of(each) for each in "abc"}
    for path in ("/content?author=jieun&", "/content?tag=winter&", "/content/feed?"):
        first, cursor = await ids(rig, f"{path}limit=2")
        rest, end = await ids(rig, f"{path}limit=2&cursor={cursor}")
        assert (first, rest, end) == (["a", "b"], ["c"], None)
    assert (await fault_of(await rig.call("GET", "/content/feed?cursor=x")))[0] == 400


async def test_the_feed_shows_whom_one_subscribes_to(rig: Rig) -> None:
    assert await ids(rig, "/content/feed") == ([], None)
    subscribe(rig)
    assert await ids(rig, "/content/feed") == ([CONTENT_ID], None)


async def test_what_is_popular_is_shown_as_far_as_one_may_see_it(rig: Rig) -> None:
    rig.contents.known = {each: content_of(each) for each in "abc"}
    rig.contents.best = ["c", "gone", "a", "b"]
    rig.contents.hidden_from.add(("a", rig.account_id))
    assert await ids(rig, "/content/popular") == (["c", "b"], None)
    assert await ids(rig, "/content/popular?limit=1") == (["c"], None)


async def test_an_excerpt_is_the_beginning_of_a_long_text(rig: Rig) -> None:
    rig.contents.known[CONTENT_ID] = content_of(body="# 눈\n" + "아주 긴 글 " * 2000)
    page = await (await rig.call("GET", "/content?tag=winter")).json()
    excerpt = page["contents"][0]["excerpt"]
    assert excerpt.startswith("눈 아주 긴 글")
    assert excerpt.endswith("…")
    assert len(excerpt) <= 201


# -- subscriptions -------------------------------------------------------------------------------


async def test_one_subscribes_and_ends_it(rig: Rig) -> None:
    for method, kind in (
        ("PUT", records.SubscribeToAuthor),
        ("DELETE", records.UnsubscribeFromAuthor),
    ):
        assert (await rig.call(method, JIEUN)).status == 204
        topic, key, wish, _ = rig.wishes.asked[-1]
        assert (topic, key) == (SUBSCRIPTION.request.name, rig.account_id)
        assert isinstance(wish, kind)
        assert (wish.account_id, wish.author_id) == (rig.account_id, AUTHOR_ID)


async def test_ones_subscriptions_are_listed(rig: Rig) -> None:
    subscribe(rig)
    assert await (await rig.call("GET", SUBSCRIPTIONS)).json() == {
        "subscriptions": [{"userId": "jieun", "name": "지은", "since": TIME}],
        "cursor": None,
    }


@pytest.mark.parametrize(
    ("method", "code", "status"),
    [
        ("PUT", "CANNOT_SUBSCRIBE_SELF", 400),
        ("PUT", "USER_NOT_FOUND", 404),
        ("DELETE", "USER_NOT_FOUND", 404),
    ],
)
async def test_a_refused_subscription_is_told(
    rig: Rig, method: str, code: str, status: int
) -> None:
    rig.wishes.answer = refused(code)
    assert (await fault_of(await rig.call(method, JIEUN)))[:2] == (status, code)


async def test_nobody_is_named(rig: Rig) -> None:
    for method in ("PUT", "DELETE"):
        found = await fault_of(await rig.call(method, f"{SUBSCRIPTIONS}/nobody"))
        assert found == (404, "USER_NOT_FOUND", {"field": "userId", "userIds": ["nobody"]})
    assert rig.asked == []


async def test_subscriptions_have_a_pace_and_a_line(make_edge: MakeEdge) -> None:
    def busy(_: object) -> object:
        raise UserError(ErrorCode.BUSY, retry_after=1)

    rig = await Rig(limits=Limits(changes=2)).start(make_edge)
    rig.wishes.answer = busy
    for code in ("BUSY", "RATE_LIMITED"):
        for method in ("PUT", "DELETE"):
            assert (await fault_of(await rig.call(method, JIEUN)))[1] == code


# -- search --------------------------------------------------------------------------------------


def hit(content_id: str = CONTENT_ID, version: int = 1) -> ContentHit:
    return ContentHit(
        content_id=content_id,
        version=version,
        title_highlight="\ue000겨울\ue001 바다",
        body_highlight="\ue000눈\ue001이 와요.",
    )


async def test_what_is_found_is_shown_as_it_is_now(rig: Rig) -> None:
    rig.contents.known["b"] = content_of("b", version=2)
    rig.contents.known["c"] = content_of("c")
    rig.contents.hidden_from.add(("c", rig.account_id))
    rig.contents.hits = [hit(), hit("b"), hit("c"), hit("gone")]
    found = await (await rig.call("GET", f"{SEARCH}?q=눈")).json()
    assert [each["contentId"] for each in found["hits"]] == [CONTENT_ID, "b"]
    marked = {"titleHighlight": "\ue000겨울\ue001 바다", "highlight": "\ue000눈\ue001이 와요."}
    assert found["hits"][0] == SUMMARY | marked
    assert (found["hits"][1]["titleHighlight"], found["hits"][1]["highlight"]) == ("", "")
    assert found["cursor"] is None


async def test_a_search_is_asked_as_it_was_meant(rig: Rig) -> None:
    query = "q=%20snow%20&author=jieun&tag=%23sea&from=2026-12-01T09:00:00%2B09:00&sort=best"
    await rig.call("GET", f"{SEARCH}?{query}&limit=5&cursor=3")
    (asked,) = rig.contents.queries
    assert (asked.text, asked.author_id, asked.tag) == ("snow", AUTHOR_ID, "sea")
    assert (asked.since, asked.until) == ("2026-12-01T00:00:00.000Z", None)
    assert (asked.sort, asked.limit, asked.cursor) == ("best", 5, "3")


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 400, "INVALID_INPUT"),
        ("q=", 400, "INVALID_INPUT"),
        ("q=x&auther=jieun", 400, "INVALID_INPUT"),
        ("q=x&from=today", 400, "INVALID_INPUT"),
        ("q=x&sort=worst", 400, "INVALID_INPUT"),
        ("q=x&author=nobody", 404, "USER_NOT_FOUND"),
    ],
)
async def test_a_search_for_nothing_is_refused(
    rig: Rig, query: str, status: int, code: str
) -> None:
    assert (await fault_of(await rig.call("GET", f"{SEARCH}?{query}")))[:2] == (status, code)
    assert rig.contents.queries == []


async def test_searches_have_a_pace(make_edge: MakeEdge) -> None:
    rig = await Rig(limits=Limits(searches=1)).start(make_edge)
    assert (await rig.call("GET", f"{SEARCH}?q=x")).status == 200
    assert (await fault_of(await rig.call("GET", f"{SEARCH}?q=x")))[:2] == (429, "RATE_LIMITED")
