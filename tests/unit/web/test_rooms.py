"""Making, changing, deleting and filling rooms over HTTP, on fakes that judge as the agent does."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from chatstream.domain.rooms import Person as Account
from schemas import records
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.edge import fault_of
from tests.unit.web.room_rig import Rig, code, room_rig


@pytest.fixture
async def rig(make_edge: MakeEdge) -> Rig:
    return await room_rig(make_edge)


async def names(rig: Rig, who: str, room_id: str) -> list[str]:
    response = await rig.call(who, "GET", f"/chat/{room_id}/participants")
    assert response.status == 200
    return [member["userId"] for member in (await response.json())["members"]]


# -- direct rooms --------------------------------------------------------------------------------


async def test_a_direct_room_is_made_once_for_both(rig: Rig) -> None:
    made = await rig.direct("minsu", "jun.ho")
    assert made.status == 201
    room = await made.json()
    assert set(room) == {
        "roomId", "kind", "name", "ownerId", "members", "memberCount", "createdAt", "noticeBy"
    }  # fmt: skip
    assert room["noticeBy"] is None
    assert (room["kind"], room["ownerId"], room["memberCount"]) == ("direct", None, 2)
    assert room["noticeBy"] is None
    for who in ("minsu", "jun.ho"):
        other = {"minsu": "jun.ho", "jun.ho": "minsu"}[who]
        again = await rig.direct(who, other)
        assert again.status == 200
        assert (await again.json())["roomId"] == room["roomId"]


async def test_each_of_a_direct_room_sees_the_name_of_the_other(rig: Rig) -> None:
    rig.store.people[rig.account("jun.ho")] = Account(rig.account("jun.ho"), "jun.ho", "준호")
    made = await (await rig.direct("minsu", "jun.ho")).json()
    seen = await (await rig.direct("jun.ho", "minsu")).json()
    assert (made["name"], seen["name"]) == ("준호", "민수")


async def test_who_left_a_direct_room_is_back_by_opening_it(rig: Rig) -> None:
    room_id = (await (await rig.direct("minsu", "jun.ho")).json())["roomId"]
    left = await rig.call("minsu", "DELETE", f"/chat/{room_id}/participants/minsu")
    assert left.status == 204
    assert await names(rig, "jun.ho", room_id) == ["jun.ho"]
    back = await rig.direct("minsu", "jun.ho")
    assert back.status == 200
    assert (await back.json())["memberCount"] == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({"participants": []}, "participants", id="nobody"),
        pytest.param({"participants": ["jun.ho", "eve"]}, "participants", id="two"),
        pytest.param({"participants": ["minsu"]}, "participants", id="oneself"),
        pytest.param({"participants": ["jun.ho"], "name": "x"}, "name", id="a name"),
    ],
)
async def test_a_direct_room_has_one_other_and_no_name(
    rig: Rig, body: dict[str, Any], field: str
) -> None:
    response = await rig.call("minsu", "POST", "/chat", {"kind": "direct", **body})
    status, name, details = await fault_of(response)
    assert (status, name, details["field"]) == (400, "INVALID_INPUT", field)
    assert rig.wishes.asked == []


async def test_a_direct_room_with_nobody_is_refused(rig: Rig) -> None:
    assert await code(await rig.direct("minsu", "nobody")) == (404, "USER_NOT_FOUND")


async def test_a_block_either_way_refuses_the_direct_room_also_when_it_is_there(rig: Rig) -> None:
    await rig.direct("minsu", "jun.ho")
    rig.block("jun.ho", "minsu")
    assert await code(await rig.direct("minsu", "jun.ho")) == (403, "BLOCKED")
    assert await code(await rig.direct("jun.ho", "minsu")) == (403, "BLOCKED")
    assert (await rig.direct("minsu", "eve")).status == 201


async def test_nobody_is_invited_to_a_direct_room(rig: Rig) -> None:
    room_id = (await (await rig.direct("minsu", "jun.ho")).json())["roomId"]
    path = f"/chat/{room_id}/participants"
    refused = await rig.call("minsu", "POST", path, {"userId": "eve"})
    assert await code(refused) == (403, "ACCESS_DENIED")


# -- changing and deleting -----------------------------------------------------------------------


async def test_the_owner_renames_and_hands_over(rig: Rig) -> None:
    room_id = await rig.make("minsu", "group", "jun.ho")
    body = {"name": " 새 이름 ", "ownerId": "jun.ho"}
    response = await rig.call("minsu", "PATCH", f"/chat/{room_id}", body)
    assert response.status == 200
    room = await response.json()
    assert (room["name"], room["ownerId"]) == ("새 이름", "jun.ho")
    again = await rig.call("minsu", "PATCH", f"/chat/{room_id}", body)
    assert await code(again) == (403, "ACCESS_DENIED")


async def test_a_change_to_what_is_so_already_is_answered_as_done(rig: Rig) -> None:
    room_id = await rig.make("minsu", "group", "jun.ho")
    for _ in range(2):
        response = await rig.call("minsu", "PATCH", f"/chat/{room_id}", {"name": "같은"})
        assert (await response.json())["name"] == "같은"
    assert len([body for _, _, body in rig.store.facts if b"roomRenamed" in body]) == 1


@pytest.mark.parametrize(
    ("who", "body", "fault"),
    [
        pytest.param("minsu", {}, (400, "INVALID_INPUT"), id="nothing"),
        pytest.param("minsu", {"name": "x" * 61}, (400, "INVALID_INPUT"), id="too long"),
        pytest.param("minsu", {"name": ""}, (400, "INVALID_INPUT"), id="open without a name"),
        pytest.param("minsu", {"owner": "eve"}, (400, "INVALID_INPUT"), id="unknown field"),
        pytest.param("minsu", {"ownerId": "eve"}, (404, "USER_NOT_FOUND"), id="no member"),
        pytest.param("minsu", {"ownerId": "nobody"}, (404, "USER_NOT_FOUND"), id="nobody"),
        pytest.param("jun.ho", {"name": "x"}, (403, "ACCESS_DENIED"), id="not the owner"),
        pytest.param("eve", {"name": "x"}, (403, "NOT_A_MEMBER"), id="stranger"),
    ],
)
async def test_what_a_change_is_refused_for(
    rig: Rig, who: str, body: dict[str, Any], fault: tuple[int, str]
) -> None:
    room_id = await rig.make("minsu", "open", "jun.ho", name="공개")
    assert await code(await rig.call(who, "PATCH", f"/chat/{room_id}", body)) == fault
    assert rig.rooms.rooms[room_id].name == "공개"


async def test_a_deleted_room_is_found_by_nobody(rig: Rig) -> None:
    room_id = await rig.make("minsu", "open", "jun.ho", name="곧 없다")
    assert (await rig.call("minsu", "DELETE", f"/chat/{room_id}")).status == 204
    for who, method, path, body in (
        ("minsu", "DELETE", "", None),
        ("minsu", "PATCH", "", {"name": "x"}),
        ("jun.ho", "GET", "", None),
        ("jun.ho", "GET", "/messages", None),
        ("jun.ho", "GET", "/participants", None),
        ("jun.ho", "POST", "/participants", {"userId": "eve"}),
        ("jun.ho", "DELETE", "/participants/jun.ho", None),
    ):
        response = await rig.call(who, method, f"/chat/{room_id}{path}", body)
        assert await code(response) == (404, "ROOM_NOT_FOUND"), (method, path)
    for path in ("/chat", "/chat/open"):
        assert (await (await rig.call("jun.ho", "GET", path)).json())["rooms"] == []


@pytest.mark.parametrize(
    ("who", "fault"), [("jun.ho", (403, "ACCESS_DENIED")), ("eve", (403, "NOT_A_MEMBER"))]
)
async def test_only_the_owner_deletes(rig: Rig, who: str, fault: tuple[int, str]) -> None:
    room_id = await rig.make("minsu", "group", "jun.ho")
    assert await code(await rig.call(who, "DELETE", f"/chat/{room_id}")) == fault
    assert room_id in rig.rooms.rooms


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_a_path_that_is_no_room_is_not_found(rig: Rig, method: str) -> None:
    for room_id in (str(uuid4()), "nonsense"):
        response = await rig.call("minsu", method, f"/chat/{room_id}", {"name": "x"})
        assert await code(response) == (404, "ROOM_NOT_FOUND")


# -- who is in it --------------------------------------------------------------------------------


async def test_members_page_in_the_order_they_came(rig: Rig) -> None:
    room_id = await rig.make("minsu", "group", "jun.ho", "eve")
    seen: list[str] = []
    query = "?limit=2"
    while True:
        response = await rig.call("eve", "GET", f"/chat/{room_id}/participants{query}")
        page = await response.json()
        seen += [member["userId"] for member in page["members"]]
        if page["cursor"] is None:
            break
        query = f"?limit=2&cursor={page['cursor']}"
    assert seen == ["minsu", "jun.ho", "eve"]


async def test_only_members_read_the_members(rig: Rig) -> None:
    room_id = await rig.make("minsu", "open", name="공개")
    response = await rig.call("eve", "GET", f"/chat/{room_id}/participants")
    assert await code(response) == (403, "NOT_A_MEMBER")
    response = await rig.call("eve", "GET", f"/chat/{uuid4()}/participants")
    assert await code(response) == (404, "ROOM_NOT_FOUND")
    response = await rig.call("minsu", "GET", f"/chat/{room_id}/participants?limit=0")
    assert await code(response) == (400, "INVALID_INPUT")


async def test_any_member_of_a_group_invites(rig: Rig) -> None:
    room_id = await rig.make("minsu", "group", "jun.ho")
    path = f"/chat/{room_id}/participants"
    for _ in range(2):
        response = await rig.call("jun.ho", "POST", path, {"userId": "eve"})
        assert (response.status, await response.json()) == (201, {"memberCount": 3})
    assert await code(await rig.call("minsu", "POST", path, {"userId": "nobody"})) == (
        404,
        "USER_NOT_FOUND",
    )


async def test_a_stranger_invites_nobody(rig: Rig) -> None:
    room_id = await rig.make("minsu", "open", name="공개")
    response = await rig.call("jun.ho", "POST", f"/chat/{room_id}/participants", {"userId": "eve"})
    assert await code(response) == (403, "NOT_A_MEMBER")


async def test_a_blocked_user_does_not_bring_the_blocker_into_a_room(rig: Rig) -> None:
    rig.block("eve", "minsu")
    room_id = await rig.make("minsu", "group", "jun.ho")
    path = f"/chat/{room_id}/participants"
    assert await code(await rig.call("minsu", "POST", path, {"userId": "eve"})) == (403, "BLOCKED")
    body = {"kind": "group", "participants": ["eve"]}
    assert await code(await rig.call("minsu", "POST", "/chat", body)) == (403, "BLOCKED")
    assert (await rig.call("jun.ho", "POST", path, {"userId": "eve"})).status == 201


async def test_the_owner_removes_others_and_a_member_only_itself(rig: Rig) -> None:
    room_id = await rig.make("minsu", "group", "jun.ho", "eve")
    path = f"/chat/{room_id}/participants"
    assert await code(await rig.call("jun.ho", "DELETE", f"{path}/eve")) == (403, "ACCESS_DENIED")
    for _ in range(2):
        assert (await rig.call("minsu", "DELETE", f"{path}/eve")).status == 204
    assert await code(await rig.call("eve", "DELETE", f"{path}/jun.ho")) == (403, "NOT_A_MEMBER")
    assert await code(await rig.call("minsu", "DELETE", f"{path}/nobody")) == (
        404,
        "USER_NOT_FOUND",
    )
    for _ in range(2):
        assert (await rig.call("jun.ho", "DELETE", f"{path}/jun.ho")).status == 204
    assert await names(rig, "minsu", room_id) == ["minsu"]


async def test_the_longest_member_follows_the_owner_and_the_last_one_takes_the_room_along(
    rig: Rig,
) -> None:
    room_id = await rig.make("minsu", "group", "jun.ho", "eve")
    path = f"/chat/{room_id}"
    assert (await rig.call("minsu", "DELETE", f"{path}/participants/minsu")).status == 204
    assert (await (await rig.call("eve", "GET", path)).json())["ownerId"] == "jun.ho"
    for who in ("jun.ho", "eve"):
        assert (await rig.call(who, "DELETE", f"{path}/participants/{who}")).status == 204
    assert await code(await rig.call("eve", "GET", path)) == (404, "ROOM_NOT_FOUND")


async def test_the_acting_account_is_the_token_s(rig: Rig) -> None:
    room_id = await rig.make("minsu", "group", "jun.ho")
    await rig.call("minsu", "PATCH", f"/chat/{room_id}", {"name": "x"})
    assert {wish.account_id for wish in rig.wishes.asked} == {rig.account("minsu")}
    assert all(isinstance(wish, records.RoomWish) for wish in rig.wishes.asked)
    response = await rig.edge.client.delete(f"/chat/{room_id}")
    assert await code(response) == (401, "NOT_AUTHENTICATED")


@pytest.mark.parametrize("handle", ["\x00ab", "No Handle", "X", "a" * 41])
async def test_what_is_no_handle_names_nobody_and_no_wish_is_made(rig: Rig, handle: str) -> None:
    room_id = await rig.make("minsu", "group", "jun.ho")
    wishes = len(rig.wishes.asked)
    for method, path, body in (
        ("POST", "/chat", {"kind": "group", "participants": [handle]}),
        ("POST", f"/chat/{room_id}/participants", {"userId": handle}),
        ("PATCH", f"/chat/{room_id}", {"ownerId": handle}),
        ("DELETE", f"/chat/{room_id}/participants/{quote(handle)}", None),
    ):
        status, _ = await code(await rig.call("minsu", method, path, body))
        assert status in (400, 404), (method, path)
    assert len(rig.wishes.asked) == wishes


async def test_of_three_invited_the_one_that_is_nobody_is_named(rig: Rig) -> None:
    body = {"kind": "group", "participants": ["jun.ho", "nobody", "eve"]}
    response = await rig.call("minsu", "POST", "/chat", body)
    error = (await response.json())["error"]
    assert (response.status, error["code"]) == (404, "USER_NOT_FOUND")
    assert error["details"] == {"field": "participants", "userIds": ["nobody"]}
    assert error["message"] == "Nobody has the user ID nobody."
    for path, asked, field in (
        ("/participants", {"userId": "nobody"}, "userId"),
        ("", {"ownerId": "nobody"}, "ownerId"),
    ):
        room_id = await rig.make("minsu", "group", "jun.ho")
        method = "POST" if path else "PATCH"
        refused = await rig.call("minsu", method, f"/chat/{room_id}{path}", asked)
        status, code_, details = await fault_of(refused)
        assert (status, code_, details["field"]) == (404, "USER_NOT_FOUND", field)


# -- the directory ---------------------------------------------------------------------------------


async def test_the_directory_finds_open_rooms_by_name_and_no_others(rig: Rig) -> None:
    await rig.make("minsu", "open", name="주말 등산")
    await rig.make("minsu", "open", name="Hiking club")
    await rig.make("minsu", "group", name="Hiking, private")
    for query, found in (("hik", ["Hiking club"]), ("등산", ["주말 등산"]), ("zzz", [])):
        response = await rig.call("eve", "GET", f"/chat/open?q={query}")
        rows = (await response.json())["rooms"]
        assert [room["name"] for room in rows] == found
    for query in ("limit=101", "q=%00"):
        response = await rig.call("eve", "GET", f"/chat/open?{query}")
        assert await code(response) == (400, "INVALID_INPUT")
