"""The lines of a room's history over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from chatstream.domain.room_events import SHOWN_EVENTS, EventType
from schemas.records import Member
from tests.fakes.rooms import AT
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.room_rig import Rig, room_rig


@pytest.fixture
async def rig(make_edge: MakeEdge) -> Rig:
    return await room_rig(make_edge)


async def events(rig: Rig, path: str) -> list[dict[str, Any]]:
    """The lines of a page, for minsu."""
    page = await (await rig.call("minsu", "GET", path)).json()
    found: list[dict[str, Any]] = page.get("chatRecord", page)["events"]
    return found


async def test_each_line_says_who_and_what_and_stands_behind_its_message(rig: Rig) -> None:
    room_id = await rig.make("minsu", "open", name="공개")
    for _ in range(3):
        assert (await rig.call("eve", "GET", f"/chat/{room_id}")).status == 200
    rig.rooms.say(room_id, rig.account("minsu"))
    change = {"name": "새 이름", "ownerId": "eve"}
    assert (await rig.call("minsu", "PATCH", f"/chat/{room_id}", change)).status == 200
    gone = await rig.call("eve", "DELETE", f"/chat/{room_id}/participants/eve")
    assert gone.status == 204
    minsu, eve = ({"userId": who, "userName": who} for who in ("minsu", "eve"))
    expected = [
        {"type": "joined", "after": 0, "rev": 1, **eve},
        {"type": "renamed", "after": 1, "rev": 3, **minsu, "name": "새 이름"},
        {"type": "ownerChanged", "after": 1, "rev": 4, **eve},
        {"type": "left", "after": 1, "rev": 5, **eve},
        {"type": "ownerChanged", "after": 1, "rev": 6, **minsu},
    ]
    shown = await events(rig, f"/chat/{room_id}/messages")
    names = {account.user_id: account.name for account in rig.store.people.values()}
    assert shown == [
        {"name": None, "earlier": 0, "at": AT, **line, "userName": names[str(line["userId"])]}
        for line in expected
    ]
    assert await events(rig, f"/chat/{room_id}") == shown
    assert await events(rig, f"/chat/{room_id}/messages?around=1") == shown
    assert await events(rig, f"/chat/{room_id}/messages?after=1") == []
    page = await (await rig.call("minsu", "GET", f"/chat/{room_id}/messages")).json()
    assert [message["seq"] for message in page["messages"]] == [1]
    assert page["rev"] == 6


async def test_the_first_line_behind_a_message_tells_how_many_are_left_out(rig: Rig) -> None:
    room_id = await rig.make("minsu", "open", name="공개")
    for number in range(SHOWN_EVENTS + 7):
        rig.rooms.join(room_id, f"guest {number}")
    rig.rooms.say(room_id, rig.account("minsu"))
    rig.rooms.rename(room_id, "x")
    shown = await events(rig, f"/chat/{room_id}/messages")
    assert [line["earlier"] for line in shown] == [7, *[0] * SHOWN_EVENTS]
    assert [line["after"] for line in shown] == [*[0] * SHOWN_EVENTS, 1]


async def test_an_erased_person_has_no_name_in_a_line(rig: Rig) -> None:
    room_id = await rig.make("minsu", "group")
    erased = Member(account_id="guest", user_id="", name="")
    rig.rooms.rooms[room_id].happened(EventType.LEFT, erased)
    [line] = await events(rig, f"/chat/{room_id}/messages")
    assert (line["type"], line["userId"], line["userName"]) == ("left", None, None)
