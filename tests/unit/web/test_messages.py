"""Saying something, entering and reading back over HTTP: GET and POST /chat/{roomId}."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from chatstream.domain.rooms import Person as Account
from chatstream.errors import ErrorCode, UserError
from schemas import records
from tests.fakes.rooms import AT
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.edge import ORIGIN, fault_of
from tests.unit.web.room_rig import Rig, code, room_rig

MESSAGE = {
    "messageId", "roomId", "seq", "rev", "userId", "userName", "message", "createdAt", "unread",
    "replyTo", "mentions", "editedAt", "deletedAt",
}  # fmt: skip
ROOM = {*("roomId", "kind", "name", "ownerId", "members", "memberCount", "createdAt", "noticeBy")}


@pytest.fixture
async def rig(make_edge: MakeEdge) -> Rig:
    return await room_rig(make_edge)


def refused(room_id: str, code: str, reason: str = "no") -> records.MessageRefused:
    return records.MessageRefused(
        room_id=room_id,
        account_id="a",
        message_id=str(uuid4()),
        code=code,
        reason=reason,
        at=AT,
        until=AT,
    )


# -- saying --------------------------------------------------------------------------------------


async def test_a_message_is_201_when_stored_and_200_when_it_was_before(rig: Rig) -> None:
    room_id = await rig.make("minsu", "group", "jun.ho")
    body = {"message": "안녕", "messageId": str(uuid4()).upper()}
    first = await rig.call("jun.ho", "POST", f"/chat/{room_id}", body)
    again = await rig.call("jun.ho", "POST", f"/chat/{room_id}", body)
    assert (first.status, again.status) == (201, 200)
    shown = await first.json()
    assert set(shown) == MESSAGE
    assert (shown["seq"], shown["message"], shown["roomId"]) == (1, "안녕", room_id)
    assert await again.json() == shown
    assert {wish.message_id for wish in rig.wishes.said} == {body["messageId"].lower()}
    assert {wish.account_id for wish in rig.wishes.said} == {rig.account("jun.ho")}


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        ("NOT_A_MEMBER", 403),
        ("ROOM_NOT_FOUND", 404),
        ("MESSAGE_ID_REUSED", 409),
        ("MESSAGE_REFUSED", 422),
    ],
)
async def test_what_is_not_stored_is_told(rig: Rig, outcome: str, status: int) -> None:
    room_id = await rig.make("minsu", "group")
    rig.wishes.refusal = refused(room_id, outcome, "banned_word")
    told = await fault_of(await rig.call("eve", "POST", f"/chat/{room_id}", {"message": "x"}))
    shown = {"reason": told[2]["reason"], "until": AT} if outcome == "MESSAGE_REFUSED" else {}
    assert told == (status, outcome, shown)
    assert rig.rooms.rooms[room_id].messages == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"message": " \n "}, "message"),
        ({"message": "x" * 4001}, "message"),
        ({"message": "a\x00b"}, "message"),
        ({"message": None}, "message"),
        ({"message": "x", "messageId": "x"}, "messageId"),
        ({"message": "x", "userId": "minsu"}, "userId"),
        ({"message": "x", "seq": 7}, "seq"),
    ],
)
async def test_a_message_that_cannot_be_is_named(
    rig: Rig, body: dict[str, Any], field: str
) -> None:
    room_id = await rig.make("minsu", "group")
    status, name, details = await fault_of(
        await rig.call("minsu", "POST", f"/chat/{room_id}", body)
    )
    assert (status, name, details["field"]) == (400, "INVALID_INPUT", field)
    assert rig.wishes.said == []


async def test_a_message_may_be_as_long_as_4000_characters_of_any_size(rig: Rig) -> None:
    room_id = await rig.make("minsu", "group")
    body = {"message": "🙂" * 4000}
    response = await rig.call("minsu", "POST", f"/chat/{room_id}", body)
    assert (response.status, len((await response.json())["message"])) == (201, 4000)


async def test_no_room_has_such_an_id(rig: Rig) -> None:
    for method, path, body in (
        ("POST", "", {"message": "x"}),
        ("GET", "", None),
        ("GET", "/messages", None),
        ("GET", "/participants", None),
    ):
        response = await rig.call("minsu", method, f"/chat/nonsense{path}", body)
        assert await code(response) == (404, "ROOM_NOT_FOUND"), (method, path)


@pytest.mark.parametrize("later", [ErrorCode.BUSY, ErrorCode.STORE_UNAVAILABLE])
async def test_a_repeat_after_a_503_is_never_too_many(
    make_edge: MakeEdge, later: ErrorCode
) -> None:
    rig = await room_rig(make_edge, message_burst=1, messages_per_second=0.001)
    room_id = await rig.make("minsu", "group", "jun.ho")
    path, body = f"/chat/{room_id}", {"message": "x", "messageId": str(uuid4())}
    rig.wishes.refusal = UserError(later, "told by the test", retry_after=1.0)
    for _ in range(5):
        assert await code(await rig.call("minsu", "POST", path, body)) == (503, str(later))
    rig.wishes.refusal = None
    assert (await rig.call("minsu", "POST", path, body)).status == 201
    response = await rig.call("minsu", "POST", path, {"message": "y"})
    assert await code(response) == (429, "RATE_LIMITED")


async def test_a_long_message_takes_more_of_the_rate(make_edge: MakeEdge) -> None:
    rig = await room_rig(make_edge, message_burst=11, messages_per_second=0.001)
    room_id = await rig.make("minsu", "group", "jun.ho")
    path = f"/chat/{room_id}"
    assert (await rig.call("minsu", "POST", path, {"message": "가" * 4000})).status == 201
    assert (await rig.call("minsu", "POST", path, {"message": "나" * 400})).status == 201
    response = await rig.call("minsu", "POST", path, {"message": "다" * 400})
    assert await code(response) == (429, "RATE_LIMITED")


async def test_a_repeat_gets_the_message_as_it_is_now(rig: Rig) -> None:
    room_id = await rig.make("minsu", "group", "jun.ho")
    path, body = f"/chat/{room_id}", {"message": "first", "messageId": str(uuid4())}
    first = await (await rig.call("minsu", "POST", path, body)).json()
    rig.rooms.edit(room_id, 1, "better")
    edited = await rig.call("minsu", "POST", path, body)
    told = await edited.json()
    assert (edited.status, told["message"], told["rev"]) == (200, "better", first["rev"] + 1)
    assert told["editedAt"]
    rig.rooms.unsay(room_id, 1)
    deleted = await rig.call("minsu", "POST", path, body)
    told = await deleted.json()
    assert (deleted.status, told["message"], told["rev"]) == (200, "", first["rev"] + 2)
    assert told["deletedAt"]
    assert "unread" not in told


async def test_a_repeat_in_a_room_that_goes_meanwhile_finds_no_room(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    room_id = await rig.make("minsu", "group", "jun.ho")
    path, body = f"/chat/{room_id}", {"message": "first", "messageId": str(uuid4())}
    await rig.call("minsu", "POST", path, body)

    async def gone(places: object) -> dict[object, object]:
        return {}

    monkeypatch.setattr(rig.rooms, "shown", gone)
    response = await rig.call("minsu", "POST", path, body)
    assert await code(response) == (404, "ROOM_NOT_FOUND")


async def test_the_messages_of_an_account_are_limited(make_edge: MakeEdge) -> None:
    rig = await room_rig(make_edge, message_burst=1, messages_per_second=0.001)
    room_id = await rig.make("minsu", "group", "jun.ho")
    path, body = f"/chat/{room_id}", {"message": "x"}
    assert (await rig.call("minsu", "POST", path, body)).status == 201
    response = await rig.call("minsu", "POST", path, {"message": "y"})
    assert await code(response) == (429, "RATE_LIMITED")
    assert int(response.headers["Retry-After"]) >= 1
    assert (await rig.call("jun.ho", "POST", path, {"message": "z"})).status == 201


# -- entering ------------------------------------------------------------------------------------


async def test_entering_tells_where_to_connect_who_is_there_and_what_was_said(rig: Rig) -> None:
    room_id = await rig.make("minsu", "open", name="공개")
    for number in range(60):
        rig.rooms.say(room_id, rig.account("minsu"), f"{number}")
    response = await rig.call("eve", "GET", f"/chat/{room_id}")
    assert response.status == 200
    room = await response.json()
    assert set(room) == ROOM | {"endpoint", "lastReadSeq", "rev", "chatRecord"}
    assert (room["endpoint"], room["name"]) == ("ws://chat.example/stomp/chat", "공개")
    assert (room["ownerId"], room["memberCount"]) == ("minsu", 2)
    assert [member["userId"] for member in room["members"]] == ["minsu", "eve"]
    record = room["chatRecord"]
    assert [message["seq"] for message in record["messages"]] == list(range(11, 61))
    assert (record["hasMore"], room["rev"]) == (True, 61)
    assert [(line["type"], line["after"], line["rev"]) for line in record["events"]] == [
        ("joined", 60, 61)
    ]


async def test_an_open_room_is_joined_by_the_first_entry_only(rig: Rig) -> None:
    room_id = await rig.make("minsu", "open", name="공개")
    for _ in range(2):
        room = await (await rig.call("eve", "GET", f"/chat/{room_id}")).json()
        assert room["memberCount"] == 2
    assert len([body for _, _, body in rig.store.facts if b"memberJoined" in body]) == 1


async def test_a_stranger_enters_no_group_and_reads_nothing_of_it(rig: Rig) -> None:
    room_id = await rig.make("minsu", "group")
    for path in ("", "/messages"):
        response = await rig.call("eve", "GET", f"/chat/{room_id}{path}")
        assert await code(response) == (403, "NOT_A_MEMBER")
    assert rig.account("eve") not in rig.rooms.rooms[room_id].members


async def test_head_joins_nothing(rig: Rig) -> None:
    room_id = await rig.make("minsu", "open", name="공개")
    made = len(rig.wishes.asked)
    assert (await rig.call("eve", "HEAD", f"/chat/{room_id}")).status == 403
    assert (await rig.call("minsu", "HEAD", f"/chat/{room_id}")).status == 200
    assert len(rig.wishes.asked) == made


@pytest.mark.parametrize(
    ("headers", "joins"),
    [
        pytest.param({}, False, id="a link"),
        pytest.param({"Origin": ORIGIN}, False, id="our origin alone"),
        pytest.param(
            {"Origin": "http://evil.example", "X-ChatStream-Join": "1"}, False, id="another site"
        ),
        pytest.param({"X-ChatStream-Join": "1"}, True, id="our header"),
        pytest.param({"Origin": ORIGIN, "X-ChatStream-Join": "1"}, True, id="our page"),
    ],
)
async def test_under_the_cookie_only_our_pages_join(
    rig: Rig, headers: dict[str, str], joins: bool
) -> None:
    room_id = await rig.make("minsu", "open", name="공개")
    token = rig.logins["eve"]["Authorization"].split()[1]
    response = await rig.edge.client.get(
        f"/chat/{room_id}", headers={"Cookie": f"access={token}", **headers}
    )
    if joins:
        assert response.status == 200
    else:
        assert await code(response) == (403, "JOIN_REQUIRED")
    assert (rig.account("eve") in rig.rooms.rooms[room_id].members) is joins


async def test_under_the_cookie_a_member_enters_by_a_link_and_a_stranger_no_group(
    rig: Rig,
) -> None:
    room_id = await rig.make("minsu", "group")
    for who, status in (("minsu", 200), ("eve", 403)):
        token = rig.logins[who]["Authorization"].split()[1]
        response = await rig.edge.client.get(
            f"/chat/{room_id}", headers={"Cookie": f"access={token}"}
        )
        assert response.status == status
    assert await code(response) == (403, "NOT_A_MEMBER")


# -- reading back --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "seqs", "has_more"),
    [
        ("", [1, 2, 3, 4, 5], False),
        ("?limit=2", [4, 5], True),
        ("?before=3", [1, 2], False),
        ("?before=4&limit=2", [2, 3], True),
        ("?after=3", [4, 5], False),
        ("?after=0&limit=2", [1, 2], True),
        ("?after=9", [], False),
    ],
)
async def test_a_history_goes_both_ways_from_a_seq(
    rig: Rig, query: str, seqs: list[int], has_more: bool
) -> None:
    room_id = await rig.make("minsu", "group")
    for number in range(5):
        rig.rooms.say(room_id, rig.account("minsu"), f"{number}")
    page = await (await rig.call("minsu", "GET", f"/chat/{room_id}/messages{query}")).json()
    assert [message["seq"] for message in page["messages"]] == seqs
    assert page["hasMore"] is has_more


@pytest.mark.parametrize(
    ("query", "seqs", "more"),
    [
        ("around=3&limit=3", [2, 3, 4], (True, True)),
        ("around=3", [1, 2, 3, 4, 5], (False, False)),
        ("around=1&limit=3", [1, 2, 3], (False, True)),
        ("around=5&limit=3", [3, 4, 5], (True, False)),
        (f"around={2**53}&limit=3", [3, 4, 5], (True, False)),
    ],
)
async def test_a_page_around_a_message_holds_it_in_the_middle(
    rig: Rig, query: str, seqs: list[int], more: tuple[bool, bool]
) -> None:
    room_id = await rig.make("minsu", "group")
    for number in range(5):
        rig.rooms.say(room_id, rig.account("minsu"), f"{number}")
    path = f"/chat/{room_id}/messages"
    page = await (await rig.call("minsu", "GET", f"{path}?{query}")).json()
    usual = await (await rig.call("minsu", "GET", path)).json()
    assert set(page) == {"messages", "events", "hasBefore", "hasAfter", "rev"}
    assert page["messages"] == [m for m in usual["messages"] if m["seq"] in seqs]
    assert (page["hasBefore"], page["hasAfter"], page["rev"]) == (*more, usual["rev"])
    refused = await rig.call("eve", "GET", f"{path}?{query}")
    assert await code(refused) == (403, "NOT_A_MEMBER")
    nowhere = await rig.call("minsu", "GET", f"/chat/{uuid4()}/messages?{query}")
    assert await code(nowhere) == (404, "ROOM_NOT_FOUND")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("around=0", "around"),
        ("around=x", "around"),
        (f"around={2**53 + 1}", "around"),
        ("around=3&before=4", "around"),
        ("around=3&after=0", "around"),
        ("around=3&limit=201", "limit"),
        ("before=0", "before"),
        ("after=-1", "after"),
        ("after=x", "after"),
        (f"after={2**53 + 1}", "after"),
        ("before=3&after=1", "after"),
        ("limit=201", "limit"),
    ],
)
async def test_a_history_that_cannot_be_is_named(rig: Rig, query: str, field: str) -> None:
    room_id = await rig.make("minsu", "group")
    response = await rig.call("minsu", "GET", f"/chat/{room_id}/messages?{query}")
    status, name, details = await fault_of(response)
    assert (status, name, details["field"]) == (400, "INVALID_INPUT", field)


async def test_the_list_has_the_callers_rooms_and_what_is_unread_there(rig: Rig) -> None:
    room_id = await rig.make("minsu", "group", "jun.ho")
    await rig.make("eve", "group")
    rig.rooms.say(room_id, rig.account("minsu"), "hi")
    rows = (await (await rig.call("jun.ho", "GET", "/chat")).json())["rooms"]
    assert [row["roomId"] for row in rows] == [room_id]
    assert set(rows[0]) == ROOM | {"lastMessage", "lastSeq", "lastReadSeq", "unread"}
    assert (rows[0]["lastMessage"]["message"], rows[0]["lastSeq"]) == ("hi", 1)
    assert rows[0]["unread"] == 1


async def test_a_deleted_message_is_no_unread_one(rig: Rig) -> None:
    room_id = await rig.make("minsu", "group", "jun.ho")
    for _ in range(3):
        rig.rooms.say(room_id, rig.account("minsu"), "hi")
    rig.rooms.unsay(room_id, 2)
    [row] = (await (await rig.call("jun.ho", "GET", "/chat")).json())["rooms"]
    assert (row["lastSeq"], row["lastReadSeq"], row["unread"]) == (3, 0, 2)


async def test_ones_rooms_are_found_by_name_and_no_others(rig: Rig) -> None:
    junho = rig.account("jun.ho")
    rig.store.people[junho] = Account(junho, "jun.ho", "이준호")
    hike = await rig.make("minsu", "group", "jun.ho", name="주말 등산")
    nameless = await rig.make("minsu", "group", "jun.ho", name="")
    await rig.make("jun.ho", "group", name="주말 등산")

    async def found(query: str) -> set[str]:
        response = await rig.call("minsu", "GET", f"/chat?q={quote(query)}")
        assert response.status == 200
        return {row["roomId"] for row in (await response.json())["rooms"]}

    assert await found("ㄷㅅ") == {hike}
    assert await found("준호") == {nameless}
    assert await found("") == {hike, nameless}
    assert await code(await rig.call("minsu", "GET", f"/chat?q={'x' * 61}")) == (
        400,
        "INVALID_INPUT",
    )


@pytest.mark.parametrize("path", ["/chat", "/chat/open"])
async def test_a_list_of_rooms_pages_by_cursor(rig: Rig, path: str) -> None:
    made = {await rig.make("minsu", "open", name=f"{number}") for number in range(5)}
    found: list[str] = []
    query = "?limit=2"
    while True:
        page = await (await rig.call("minsu", "GET", f"{path}{query}")).json()
        assert len(page["rooms"]) <= 2
        found += [room["roomId"] for room in page["rooms"]]
        if page["cursor"] is None:
            break
        query = f"?limit=2&cursor={page['cursor']}"
    assert (len(found), set(found)) == (5, made)
