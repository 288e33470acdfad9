"""Posts as they are read: by others, by their author, again, and as views; likes and appeals."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chatstream.errors import ErrorCode, UserError
from schemas import records
from tests.fakes.contents import AT, CONTENT_ID, content_of, mine, version_of
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.content_rig import ONE, TIME, Limits, Rig, refused, unchanged
from tests.unit.web.edge import fault_of

APPEAL, LIKE, VERSIONS = f"{ONE}/appeal", f"{ONE}/like", f"{ONE}/versions"


@pytest.fixture
async def rig(make_edge: MakeEdge) -> Rig:
    rig = await Rig().start(make_edge)
    rig.wishes.answer = unchanged()
    return rig


async def test_a_post_is_shown_as_it_was_published(rig: Rig) -> None:
    response = await rig.call("GET", ONE)
    assert response.status == 200
    assert await response.json() == {
        "contentId": CONTENT_ID,
        "version": 1,
        "title": "겨울 바다",
        "body": "**눈**이 와요.",
        "html": "<p><strong>눈</strong>이 와요.</p>\n",
        "tags": ["바다", "winter"],
        "author": {"userId": "jieun", "name": "지은"},
        "publishedAt": TIME,
        "editedAt": None,
        "likes": 0,
        "views": 0,
        "liked": False,
        "mine": None,
    }


async def test_its_author_is_told_how_the_latest_version_stands(rig: Rig) -> None:
    own = mine("refused", 2, reasons=("links",), note="하나만요", is_appealed=True)
    rig.contents.known[CONTENT_ID] = content_of(mine=own, likes=2, is_liked=True)
    shown = await (await rig.call("GET", ONE)).json()
    assert (shown["likes"], shown["liked"]) == (2, True)
    assert shown["mine"] == {
        "version": 2,
        "state": "refused",
        "reasons": ["links"],
        "note": "하나만요",
        "appealed": True,
    }


async def test_of_an_erased_author_nothing_is_told(rig: Rig) -> None:
    rig.contents.known[CONTENT_ID] = content_of(author_id=None, user_id=None, user_name=None)
    assert (await (await rig.call("GET", ONE)).json())["author"] is None


async def test_what_is_not_to_be_seen_is_not_found(rig: Rig) -> None:
    rig.contents.hidden_from.add((CONTENT_ID, rig.account_id))
    for path in (ONE, VERSIONS):
        assert (await fault_of(await rig.call("GET", path)))[:2] == (404, "CONTENT_NOT_FOUND")
    assert rig.asked == []


async def test_who_has_seen_it_is_told_whether_it_has_changed(rig: Rig) -> None:
    first = await rig.call("GET", ONE)
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = await rig.call("GET", ONE, headers={"If-None-Match": f'"x", {tag}'})
    assert (again.status, await again.read()) == (304, b"")
    assert again.headers["ETag"] == tag
    rig.contents.known[CONTENT_ID] = content_of(likes=1)
    changed = await rig.call("GET", ONE, headers={"If-None-Match": tag})
    assert changed.status == 200
    assert changed.headers["ETag"] != tag
    del rig.contents.known[CONTENT_ID]
    gone = await rig.call("GET", ONE, headers={"If-None-Match": changed.headers["ETag"]})
    assert gone.status == 404


async def test_a_browser_gets_the_page(rig: Rig) -> None:
    response = await rig.call("GET", ONE, headers={"Accept": "text/html"})
    assert response.content_type == "text/html"
    assert "Accept" in response.headers["Vary"]


# -- views ---------------------------------------------------------------------------------------


async def test_to_read_it_is_one_view_a_day(rig: Rig) -> None:
    rig.now = AT.replace(hour=14, minute=59)  # a minute before midnight in Seoul
    for _ in range(2):
        await rig.call("GET", ONE)
    await rig.wishes.changes.until(lambda: len(rig.asked) == 1)
    rig.now += timedelta(minutes=1)
    await rig.call("GET", ONE)
    await rig.wishes.changes.until(lambda: len(rig.asked) == 2)
    assert all(isinstance(each, records.ViewContent) for each in rig.asked)
    assert {each.account_id for each in rig.asked} == {rig.account_id}
    assert len({each.request_id for each in rig.asked}) == 2


async def test_another_front_asks_for_the_same_view(rig: Rig, make_edge: MakeEdge) -> None:
    other = await Rig().start(make_edge)
    other.wishes.answer = unchanged()
    for each in (rig, other):
        each.contents.known[CONTENT_ID] = content_of()
        await each.call("GET", ONE)
    await rig.wishes.changes.until(lambda: len(rig.asked) == 1)
    await other.wishes.changes.until(lambda: len(other.asked) == 1)
    ids = {each.asked[0].request_id for each in (rig, other)}
    accounts = {rig.account_id, other.account_id}
    assert len(ids) == len(accounts)


async def test_a_card_a_look_at_the_head_and_what_nobody_else_sees_are_no_views(rig: Rig) -> None:
    await rig.call("GET", f"{ONE}?view=false")
    await rig.call("HEAD", ONE)
    rig.contents.known[CONTENT_ID] = content_of(published_at=None, mine=mine("inspecting"))
    await rig.call("GET", ONE)
    assert rig.asked == []


async def test_a_view_that_was_not_told_is_told_next_time(rig: Rig) -> None:
    def away(_: object) -> object:
        raise UserError(ErrorCode.STORE_UNAVAILABLE)

    rig.wishes.answer = away
    assert (await rig.call("GET", ONE)).status == 200
    await rig.wishes.changes.until(lambda: len(rig.asked) == 1)
    rig.wishes.answer = unchanged()
    assert (await rig.call("GET", ONE)).status == 200
    await rig.wishes.changes.until(lambda: len(rig.asked) == 2)
    assert rig.asked[0].request_id == rig.asked[1].request_id


# -- versions, likes, appeals --------------------------------------------------------------------


async def test_an_author_sees_all_versions(rig: Rig) -> None:
    rig.contents.known[CONTENT_ID] = content_of(mine=mine(version=2))
    rig.contents.all_versions[CONTENT_ID] = [version_of(2, state="inspecting"), version_of(1)]
    shown = await (await rig.call("GET", VERSIONS)).json()
    assert [each["version"] for each in shown["versions"]] == [2, 1]
    assert shown["versions"][0] == {
        "version": 2,
        "title": "title 2",
        "body": "*body* 2",
        "html": "<p><em>body</em> 2</p>\n",
        "tags": ["sea"],
        "state": "inspecting",
        "reasons": [],
        "note": "",
        "appealed": False,
        "writtenAt": "2026-12-01T12:02:00.000Z",
    }


async def test_versions_are_for_the_author_alone(rig: Rig) -> None:
    assert (await fault_of(await rig.call("GET", VERSIONS)))[:2] == (403, "NOT_THE_AUTHOR")


async def test_a_post_is_liked_and_liked_no_more(rig: Rig) -> None:
    for method, kind in (("PUT", records.LikeContent), ("DELETE", records.UnlikeContent)):
        assert (await rig.call(method, LIKE)).status == 204
        assert isinstance(rig.asked[-1], kind)
    rig.wishes.answer = refused("CONTENT_NOT_FOUND")
    for method in ("PUT", "DELETE"):
        fault = await fault_of(await rig.call(method, LIKE))
        assert fault[:2] == (404, "CONTENT_NOT_FOUND")


async def test_an_author_asks_for_another_look(rig: Rig) -> None:
    rig.contents.known[CONTENT_ID] = content_of(mine=mine("refused", 3))
    response = await rig.call("POST", APPEAL, {"text": "다시 봐 주세요"})
    assert response.status == 202
    assert await response.json() == {"contentId": CONTENT_ID, "version": 3, "state": "review"}
    wish = rig.asked[0]
    assert isinstance(wish, records.AppealVersion)
    assert (wish.version, wish.text) == (3, "다시 봐 주세요")
    assert (await rig.call("POST", APPEAL, {})).status == 202
    assert rig.asked[1].text == ""


@pytest.mark.parametrize(
    ("code", "reason", "status", "details"),
    [
        ("ALREADY_APPEALED", "", 409, {}),
        ("VERSION_CONFLICT", "", 409, {"version": 4}),
        (
            "INVALID_INPUT",
            "only a refused version is appealed",
            400,
            {"field": "version", "reason": "must be a refused one"},
        ),
    ],
)
async def test_an_appeal_that_is_refused_is_told(
    rig: Rig, code: str, reason: str, status: int, details: dict[str, Any]
) -> None:
    rig.contents.known[CONTENT_ID] = content_of(mine=mine("refused", 3))
    rig.wishes.answer = refused(code, reason, details.get("version"))
    assert await fault_of(await rig.call("POST", APPEAL, {})) == (status, code, details)


async def test_others_do_not_appeal(rig: Rig) -> None:
    assert (await fault_of(await rig.call("POST", APPEAL, {})))[:2] == (403, "NOT_THE_AUTHOR")
    del rig.contents.known[CONTENT_ID]
    assert (await fault_of(await rig.call("POST", APPEAL, {})))[:2] == (404, "CONTENT_NOT_FOUND")
    fault = await fault_of(await rig.call("POST", APPEAL, {"text": "x" * 501}))
    assert fault[:2] == (400, "INVALID_INPUT")
    assert rig.asked == []


async def test_likes_and_appeals_have_a_pace_for_each_account(make_edge: MakeEdge) -> None:
    rig = await Rig(limits=Limits(changes=1)).start(make_edge)
    rig.contents.known[CONTENT_ID] = content_of(mine=mine("refused", 3))
    assert (await rig.call("PUT", LIKE)).status == 204
    for method, path, body in (("PUT", LIKE, None), ("DELETE", LIKE, None), ("POST", APPEAL, {})):
        assert (await fault_of(await rig.call(method, path, body)))[:2] == (429, "RATE_LIMITED")


async def test_an_appeal_behind_a_full_line_is_told_so(rig: Rig) -> None:
    def busy(_: object) -> object:
        raise UserError(ErrorCode.BUSY, retry_after=1)

    rig.contents.known[CONTENT_ID] = content_of(mine=mine("refused", 3))
    rig.wishes.answer = busy
    assert (await fault_of(await rig.call("POST", APPEAL, {})))[:2] == (503, "BUSY")
