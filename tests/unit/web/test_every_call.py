"""Rules that every public call keeps, asked of the real front over stores that are away."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from chatstream.errors import ErrorCode
from tests.unit.web.edge import fault_of
from tests.unit.web.served import Call, Served, filled, has
from web import lag, overview
from web.logins import JWKS_PATH

# Their BUSY has a test of its own.
ASK_A_STORE_FIRST: set[Call] = {
    ("POST", "/user"),
    ("POST", "/user/login"),
    ("DELETE", "/user/me"),
    ("DELETE", "/ops/sanctions/{sanctionId}"),
    ("PATCH", "/coupon/campaigns/{campaignId}"),
    ("POST", "/coupon/campaigns/{campaignId}/claims"),
    ("POST", "/coupon/{couponId}/return"),
    ("POST", "/coupon/{couponId}/use"),
    ("PUT", "/content/subscriptions/{userId}"),
    ("DELETE", "/content/subscriptions/{userId}"),
    ("POST", "/content/{contentId}/appeal"),
}


async def test_without_a_login_nothing_is_told(served: Served) -> None:
    told = await served.faults(served.own, login=None)
    assert told == dict.fromkeys(served.own, (401, "NOT_AUTHENTICATED"))


async def test_a_token_in_the_url_is_refused(served: Served) -> None:
    told = await served.faults(list(served.calls), params={"access_token": "x"})
    assert told == dict.fromkeys(served.calls, (400, "INVALID_INPUT"))


async def test_another_sites_page_changes_nothing(served: Served) -> None:
    changing = [call for call in served.own if call[0] != "GET"]
    cookie = {"Cookie": f"access={served.tokens[0]}", "Origin": "http://evil.example"}
    told = await served.faults(changing, login=None, headers=cookie)
    assert told == dict.fromkeys(changing, (403, "ACCESS_DENIED"))


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        pytest.param({"data": {"a": "b"}}, (415, "UNSUPPORTED_MEDIA_TYPE"), id="a form"),
        pytest.param({"json": {"a": "x" * 270_000}}, (413, "TOO_LARGE"), id="too large"),
        pytest.param({"json": []}, (400, "INVALID_INPUT"), id="a list"),
        pytest.param({"json": {}}, (400, "INVALID_INPUT"), id="nothing in it"),
    ],
)
async def test_a_body_that_is_none_is_refused(
    served: Served, more: dict[str, object], fault: tuple[int, str]
) -> None:
    calls = [call for call in served.with_body if served.body_of(call) or more != {"json": {}}]
    told = await served.faults(calls, **more)
    assert told == dict.fromkeys(calls, fault)


async def test_an_unknown_field_is_named(served: Served) -> None:
    for call in served.with_body:
        body = served.body_of(call) | {"accountId": str(uuid4())}
        status, code, details = await fault_of(await served.ask(call, json=body))
        assert (status, code, details["field"]) == (400, "INVALID_INPUT", "accountId"), call


@pytest.mark.parametrize(("name", "value"), [("limit", "0"), ("limit", "x"), ("cursor", "\x00")])
async def test_a_page_that_cannot_be_is_refused(served: Served, name: str, value: str) -> None:
    calls = [call for call, described in served.calls.items() if has(described, name)]
    assert calls
    for call in calls:
        response = await served.ask(call, params={name: value})
        status, code, details = await fault_of(response)
        assert (status, code, details["field"]) == (400, "INVALID_INPUT", name), call


async def test_a_method_that_is_none_names_those_there_are(served: Served) -> None:
    for path in {path for _, path in served.calls}:
        response = await served.client.request("PROPFIND", filled(path))
        assert (await fault_of(response))[:2] == (405, "METHOD_NOT_ALLOWED")
        methods = {method for method, each in served.calls if each == path}
        assert methods <= set(response.headers["Allow"].split(",")), path


# What a front has itself: its keys, and the samples that it follows; the overview says who is away,
# and Markdown needs nobody.
FROM_MEMORY = {("GET", JWKS_PATH), ("GET", lag.PATH), ("GET", overview.PATH)}
FROM_MEMORY |= {("POST", "/content/preview")}


async def test_while_the_stores_are_away_every_call_says_when_to_try_again(served: Served) -> None:
    calls = served.calls.keys() - FROM_MEMORY
    for call in calls:
        response = await served.ask(call)
        assert (await fault_of(response))[:2] == (503, "STORE_UNAVAILABLE"), call
        assert int(response.headers["Retry-After"]) >= 1, call


async def test_behind_a_full_line_a_wish_is_refused_before_it_is_produced(served: Served) -> None:
    wishing = {call for call, each in served.calls.items() if ErrorCode.BUSY in each.errors}
    served.topics.holds = True
    for call in sorted(wishing - ASK_A_STORE_FIRST):
        served.topics.held.clear()
        first = asyncio.create_task(served.ask(call))
        await served.topics.changes.until(lambda: len(served.topics.held) == 1)
        refused = await served.ask(call, login=1)
        served.topics.fail()
        assert (await fault_of(refused))[:2] == (503, "BUSY"), call
        assert "Retry-After" in refused.headers, call
        assert (await fault_of(await first))[:2] == (503, "STORE_UNAVAILABLE"), call
        assert len(served.topics.held) == 1
