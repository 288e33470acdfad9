"""Posts over HTTP: written, changed, deleted; what of them is refused before anything is asked."""

from __future__ import annotations

from typing import Any

import pytest

from chatstream.errors import ErrorCode, UserError
from schemas import records
from schemas.contexts.contents import CONTENT
from tests.fakes.contents import CONTENT_ID
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.content_rig import (
    BODY,
    ONE,
    Limits,
    Rig,
    deleted,
    refused,
    unchanged,
    written,
)
from tests.unit.web.edge import fault_of

CHANGE = {"version": 1, "title": "봄 바다"}


@pytest.fixture
async def rig(make_edge: MakeEdge) -> Rig:
    return await Rig().start(make_edge)


async def test_a_post_is_written_and_inspected(rig: Rig) -> None:
    body = BODY | {"contentId": CONTENT_ID.upper(), "tags": ["#Sea", "sea", " 바다 "]}
    response = await rig.call("POST", "/content", body)
    assert response.status == 202
    told = {"contentId": CONTENT_ID, "version": 1, "state": "inspecting"}
    assert await response.json() == told
    topic, key, wish, _ = rig.wishes.asked[0]
    assert (topic, key) == (CONTENT.request.name, CONTENT_ID)
    assert isinstance(wish, records.WriteContent)
    assert (wish.account_id, wish.title, wish.body) == (rig.account_id, BODY["title"], BODY["body"])
    assert wish.tags == ("Sea", "바다")


async def test_a_repeat_is_told_how_the_post_stands(rig: Rig) -> None:
    rig.wishes.answer = unchanged(3, "published")
    response = await rig.call("POST", "/content", BODY)
    assert response.status == 200
    told = {"contentId": CONTENT_ID, "version": 3, "state": "published"}
    assert await response.json() == told


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"contentId": "x"}, "contentId"),
        ({"title": " "}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"title": "two\nlines"}, "title"),
        ({"title": "\u202eevil"}, "title"),
        ({"body": ""}, "body"),
        ({"body": "x" * 20_001}, "body"),
        ({"tags": ["x"] * 11}, "tags"),
        ({"tags": ["fine", "x" * 31]}, "tags.1"),
        ({"tags": "sea"}, "tags"),
    ],
)
async def test_what_is_no_post_is_refused_by_its_field(
    rig: Rig, change: dict[str, Any], field: str
) -> None:
    for method, path, body in (("POST", "/content", BODY), ("PATCH", ONE, CHANGE)):
        if method == "PATCH" and field == "contentId":
            continue
        status, code, details = await fault_of(await rig.call(method, path, body | change))
        assert (status, code, details["field"]) == (400, "INVALID_INPUT", field)
    assert rig.asked == []


async def test_all_that_is_wrong_is_told_at_once(rig: Rig) -> None:
    body = BODY | {"contentId": "x", "title": "", "body": ""}
    _, _, details = await fault_of(await rig.call("POST", "/content", body))
    assert [each["field"] for each in details["problems"]] == ["contentId", "title", "body"]


async def test_the_longest_post_is_taken(rig: Rig) -> None:
    body = BODY | {
        "title": "바" * 120,
        "body": "다" * 20_000,
        "tags": ["가" * 29 + str(n) for n in range(10)],
    }
    assert (await rig.call("POST", "/content", body)).status == 202


async def test_a_change_names_what_it_is_of(rig: Rig) -> None:
    rig.wishes.answer = lambda wish: written(wish, 2)
    response = await rig.call("PATCH", ONE, CHANGE)
    assert response.status == 202
    told = {"contentId": CONTENT_ID, "version": 2, "state": "inspecting"}
    assert await response.json() == told
    wish = rig.asked[0]
    assert isinstance(wish, records.EditContent)
    assert (wish.version, wish.title, wish.body, wish.tags) == (1, "봄 바다", None, None)


async def test_a_change_that_changes_nothing_is_told_how_the_post_stands(rig: Rig) -> None:
    rig.wishes.answer = unchanged(2, "review")
    response = await rig.call("PATCH", ONE, {"version": 1, "tags": []})
    assert (response.status, (await response.json())["state"]) == (202, "review")
    assert rig.asked[0].tags == ()


async def test_a_change_of_nothing_is_refused(rig: Rig) -> None:
    status, code, _ = await fault_of(await rig.call("PATCH", ONE, {"version": 1}))
    assert (status, code) == (400, "INVALID_INPUT")


async def test_a_post_is_deleted_as_it_is_known(rig: Rig) -> None:
    rig.wishes.answer = unchanged()
    assert (await rig.call("DELETE", ONE)).status == 204
    assert (await rig.call("DELETE", f"{ONE}?version=3")).status == 204
    assert [each.version for each in rig.asked] == [None, 3]
    assert all(isinstance(each, records.DeleteContent) for each in rig.asked)


async def test_a_deletion_is_answered_when_nobody_is_shown_the_post_any_more(rig: Rig) -> None:
    rig.wishes.answer = deleted
    assert (await rig.call("DELETE", ONE)).status == 204
    assert rig.settled == [(CONTENT_ID, 7)]
    rig.wishes.answer = unchanged()
    assert (await rig.call("DELETE", ONE)).status == 204
    assert rig.settled[1:] == [(CONTENT_ID, None)]
    rig.wishes.answer = refused("CONTENT_NOT_FOUND")
    assert (await rig.call("DELETE", ONE)).status == 404
    assert len(rig.settled) == 2


@pytest.mark.parametrize(
    ("call", "code", "status", "latest"),
    [
        (("POST", "/content", BODY), "CONTENT_ID_REUSED", 409, None),
        (("PATCH", ONE, CHANGE), "NOT_THE_AUTHOR", 403, None),
        (("PATCH", ONE, CHANGE), "CONTENT_NOT_FOUND", 404, None),
        (("PATCH", ONE, CHANGE), "VERSION_CONFLICT", 409, 4),
        (("DELETE", ONE, None), "NOT_THE_AUTHOR", 403, None),
        (("DELETE", ONE, None), "CONTENT_NOT_FOUND", 404, None),
        (("DELETE", ONE, None), "VERSION_CONFLICT", 409, 4),
    ],
)
async def test_a_refusal_is_passed_on(
    rig: Rig, call: tuple[str, str, Any], code: str, status: int, latest: int | None
) -> None:
    rig.wishes.answer = refused(code, latest=latest)
    told = await fault_of(await rig.call(*call))
    assert told == (status, code, {} if latest is None else {"version": latest})


async def test_what_can_be_no_post_is_not_found(rig: Rig) -> None:
    rig.wishes.answer = refused("CONTENT_NOT_FOUND")
    for method, body in (("GET", None), ("PATCH", CHANGE), ("DELETE", None)):
        found = await fault_of(await rig.call(method, "/content/x", body))
        assert found[:2] == (404, "CONTENT_NOT_FOUND")
    assert rig.asked == []


async def test_posts_and_edits_have_a_pace_for_each_account(make_edge: MakeEdge) -> None:
    rig = await Rig(limits=Limits(writes=2, previews=1)).start(make_edge)
    calls: list[tuple[str, str, Any]] = [
        ("POST", "/content", BODY),
        ("PATCH", ONE, CHANGE),
        ("DELETE", ONE, None),
    ]
    for call in calls[:2]:
        assert (await rig.call(*call)).status == 202
    for call in calls:
        assert (await fault_of(await rig.call(*call)))[:2] == (429, "RATE_LIMITED")
    preview = ("POST", "/content/preview", {"body": "x"})
    assert (await rig.call(*preview)).status == 200
    assert (await fault_of(await rig.call(*preview)))[:2] == (429, "RATE_LIMITED")
    other = await rig.edge.operator()
    assert (await rig.call(*calls[0], headers=other)).status == 202


async def test_a_preview_is_what_would_be_shown(rig: Rig) -> None:
    response = await rig.call("POST", "/content/preview", {"body": "# <b>눈</b>"})
    assert await response.json() == {"html": "<h2>&lt;b&gt;눈&lt;/b&gt;</h2>\n"}
    long = await rig.call("POST", "/content/preview", {"body": "*눈* " * 4000})
    assert (await long.json())["html"].count("<em>눈</em>") == 4000
    assert rig.asked == []


async def test_a_busy_line_is_told(rig: Rig) -> None:
    def busy(_: object) -> object:
        raise UserError(ErrorCode.BUSY, retry_after=1)

    rig.wishes.answer = busy
    assert (await fault_of(await rig.call("POST", "/content", BODY)))[:2] == (503, "BUSY")
