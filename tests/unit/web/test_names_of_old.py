"""Names that were given before the rule are shown as something neutral, wherever they are shown."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from chatstream.domain.saving import Kept
from chatstream.domain.visible_text import is_visible
from chatstream.ports.messages import MentionedMember, QuotedMessage, StoredMessage
from chatstream.ports.people import Acquaintance
from chatstream.ports.rooms import ShownPerson
from chatstream.ports.sanctions import Sanction
from chatstream.ports.saving import SavedMessage
from schemas import records
from tests.fakes.rooms import AT, ROOM
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.edge import bearer
from tests.unit.web.room_rig import Rig, room_rig
from web import people, sanctions, saving
from web.live import messages, reading, rooms
from web.live.events import Body
from web.live.frames import Broadcast, subscription_header
from web.live.people import new_name
from web.shapes import message_view
from web.shown_names import room_name

OLD = ["\u3164", "\u200b", "abc\u202egnp.exe", "a\nb"]
ID = "0190a0f0-0000-7000-8000-00000000000a"


@pytest.fixture
async def rig(make_edge: MakeEdge) -> Rig:
    return await room_rig(make_edge)


def texts_in(shown: object) -> list[str]:
    """Every text of a JSON value, as deep as it is."""
    if isinstance(shown, dict):
        return [text for value in shown.values() for text in texts_in(value)]
    if isinstance(shown, list):
        return [text for value in shown for text in texts_in(value)]
    return [shown] if isinstance(shown, str) else []


def replaced(member: records.Member, name: str) -> records.Member:
    return records.Member(member.account_id, member.user_id, name)


def grow_old(rig: Rig, room_id: str, name: str) -> None:
    """Let the room and everybody in it have been called so before the rule."""
    room = rig.rooms.rooms[room_id]
    room.name = name
    room.members = {key: replaced(each, name) for key, each in room.members.items()}
    room.messages = [replace(each, user_name=name) for each in room.messages]
    room.peers = tuple(replaced(each, name) for each in room.peers)
    for user_id, person in rig.rooms.people.items():
        rig.rooms.people[user_id] = ShownPerson(person.account_id, user_id, name)


@pytest.mark.parametrize("name", OLD, ids=ascii)
@pytest.mark.parametrize("path", ["/chat", "/chat/open", "/chat/{id}", "/chat/{id}/participants"])
async def test_rooms_and_their_members_are_called_by_id_and_handle(
    rig: Rig, path: str, name: str
) -> None:
    room_id = await rig.make("minsu", "open", "jun.ho")
    await rig.call("jun.ho", "POST", f"/chat/{room_id}", {"message": "안녕"})
    grow_old(rig, room_id, name)
    response = await rig.call("minsu", "GET", path.format(id=room_id))
    shown = await response.json()
    assert response.status == 200
    found = texts_in(shown)
    assert name not in found
    assert "participants" in path or f"#{room_id[-6:]}" in found
    assert "open" in path or found.count("jun.ho") >= 2
    assert all(is_visible(text, lines=False) for text in found)


@pytest.mark.parametrize("name", OLD, ids=ascii)
async def test_a_direct_room_is_called_by_the_others_handle(rig: Rig, name: str) -> None:
    room_id = (await (await rig.direct("minsu", "jun.ho")).json())["roomId"]
    grow_old(rig, room_id, name)
    own = rig.account("minsu")
    rig.rooms.rooms[room_id].members[own] = records.Member(own, "minsu", "민수")
    (room,) = (await (await rig.call("minsu", "GET", "/chat")).json())["rooms"]
    assert room["name"] == "jun.ho"
    assert sorted(member["name"] for member in room["members"]) == ["jun.ho", "민수"]


@pytest.mark.parametrize("name", OLD, ids=ascii)
async def test_ones_own_name_too(rig: Rig, name: str) -> None:
    headers = bearer((await rig.edge.tokens("minsu"))["accessToken"])
    known = rig.edge.accounts.by_handle["minsu"]
    rig.edge.accounts.by_handle["minsu"] = replace(known, account=replace(known.account, name=name))
    shown = await (await rig.edge.client.get("/user/me", headers=headers)).json()
    assert (shown["userId"], shown["name"]) == ("minsu", "minsu")


def stored(name: str) -> StoredMessage:
    return StoredMessage(
        ROOM, 7, 9, ID, "account", "minsu", name, "안녕", AT, 2,
        reply_to=QuotedMessage(ID, 1, "jun.ho", name, "응"),
        mentions=(MentionedMember("eve", name), MentionedMember(None, None)),
    )  # fmt: skip


@pytest.mark.parametrize("name", OLD, ids=ascii)
def test_messages_quotes_and_mentions_are_shown_alike_over_http_and_in_frames(name: str) -> None:
    view = json.loads(message_view(stored(name)).model_dump_json(by_alias=True))
    body = body_of(messages.message(stored(name)))
    for shown in (view, body):
        assert (shown["userName"], shown["replyTo"]["userName"]) == ("minsu", "jun.ho")
        assert [each["name"] for each in shown["mentions"]] == ["eve", None]


def body_of(frame: Broadcast) -> Any:
    raw = frame.frame(subscription_header("s")).stomp
    return json.loads(raw.split(b"\n\n", 1)[1][:-1])


@pytest.mark.parametrize("name", OLD, ids=ascii)
def test_what_a_room_is_told_names_nobody_so(name: str) -> None:
    member = records.Member("account", "minsu", name)
    base: dict[str, Any] = {
        "fact_no": 1, "request_id": "r", "room_id": ROOM, "account_id": "account",
        "member_count": 2, "access_version": 1, "at": AT,
    }  # fmt: skip
    typing = records.MemberTyping(
        room_id=ROOM, account_id="a", user_id="minsu", user_name=name, access_version=1, at=AT
    )
    frames = [
        rooms.happened(records.MemberJoined(**base, member=member)),
        rooms.happened(records.MemberLeft(**base, member=member)),
        rooms.happened(records.OwnerChanged(**base, owner=member)),
        reading.typing(typing),
    ]
    assert [body_of(frame)["userName"] for frame in frames] == ["minsu"] * 4
    renamed = records.RoomRenamed(**base, name=name)
    line: Any = rooms.NEWS.rooms[2].line
    assert body_of(rooms.happened(renamed))["name"] == room_name(name, ROOM) == "#000001"
    assert line(renamed).name == "#000001"
    changed = records.ProfileChanged(
        fact_no=1, request_id="r", account_id="account", user_id="minsu", name=name, at=AT
    )
    ((_, news),) = new_name(changed, ())
    assert isinstance(news, Body)
    assert getattr(news, "user_name") == "minsu"  # noqa: B009 (of one kind of Body)


@pytest.mark.parametrize("name", OLD, ids=ascii)
def test_lists_of_people_sanctions_and_saved_messages_name_nobody_so(name: str) -> None:
    (friend,) = people._people([Acquaintance("minsu", name, is_friend=True, is_blocked=False)])
    assert friend.name == "minsu"
    sanction = Sanction("s", "a", "minsu", name, None, "mute", "r", "d", AT, AT, None, None)
    assert sanctions._view(sanction).user_name == "minsu"
    kept = SavedMessage(ROOM, ID, AT, Kept.SHOWN, "group", name, 1, "minsu", name, "안녕", AT)
    assert (saving._view(kept).user_name, saving._view(kept).room_name) == ("minsu", "#000001")
    left = SavedMessage(ROOM, ID, AT, Kept.LEFT)
    assert (saving._view(left).user_name, saving._view(left).room_name) == (None, None)


def test_who_is_erased_and_a_group_without_a_name_stay_nameless() -> None:
    assert room_name("", ROOM) == ""
    erased = replace(stored(""), user_id=None, user_name=None)
    assert message_view(erased).user_name is None
