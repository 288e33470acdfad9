"""PATCH and DELETE of a message, replies and mentions in POST: over fakes, behind a real server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import ClientResponse
from aiohttp.web import Application

from chatstream.settings import LimitSettings
from schemas import records
from tables.followed.mutes import Mutes
from tests.fakes.changes import Changes
from tests.fakes.rooms import AT, ROOM, FakeRooms
from tests.fakes.wishes import FakeWishes
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.edge import Edge, bearer, fault_of
from web import message_changes, rooms
from web.edge.rates import MessageRates

MESSAGE_ID = "00000001-0000-4000-8000-000000000000"
PATH = f"/chat/{ROOM}/messages/{MESSAGE_ID}"


@dataclass
class Rig:
    """The answers of the agent are `refusal`, or what carrying the wish out gives."""

    edge: Edge
    rooms: FakeRooms
    wishes: FakeWishes
    account_id: str
    headers: Mapping[str, str]
    mutes: Mutes

    async def call(self, method: str, path: str = PATH, body: object = None) -> ClientResponse:
        return await self.edge.client.request(method, path, json=body, headers=self.headers)

    @property
    def wish(self) -> Any:
        return self.wishes.asked[-1][2]


def carry_out(store: FakeRooms, wish: object) -> object:
    if isinstance(wish, records.EditMessage):
        if store.rooms[ROOM].messages[0].message == wish.message:
            return unchanged(wish)
        return store.edit(ROOM, 1, wish.message)
    if isinstance(wish, records.DeleteMessage):
        is_gone = store.rooms[ROOM].messages[0].deleted_at is not None
        return unchanged(wish) if is_gone else store.unsay(ROOM, 1)
    assert isinstance(wish, records.SendMessage)
    return store.say(ROOM, wish.account_id, wish.message)


def unchanged(wish: records.EditMessage | records.DeleteMessage) -> records.MessageUnchanged:
    return records.MessageUnchanged(
        request_id=wish.request_id,
        room_id=ROOM,
        account_id=wish.account_id,
        message_id=wish.message_id,
        seq=1,
        at=AT,
    )


@pytest.fixture
async def rig(make_edge: MakeEdge) -> Rig:
    store = FakeRooms()
    wishes = FakeWishes(lambda wish: carry_out(store, wish), Changes())
    ports = rooms.RoomPorts(wishes, store, MessageRates(LimitSettings(message_burst=3)))

    def routes(app: Application) -> None:
        rooms.register(app, ports, "ws://chat.test/stomp/chat")
        message_changes.register(app, ports)

    edge: Edge = await make_edge(routes)
    token = (await edge.tokens())["accessToken"]
    account_id = edge.accounts.by_handle["minsu"].account.account_id
    store.create(ROOM, account_id)
    store.say(ROOM, account_id, "old")
    return Rig(edge, store, wishes, account_id, bearer(token), ports.mutes)


async def test_an_edit_answers_with_the_message_as_it_is_now(rig: Rig) -> None:
    response = await rig.call("PATCH", body={"message": "new"})
    assert response.status == 200
    body = await response.json()
    assert (body["seq"], body["message"], body["editedAt"], body["rev"]) == (1, "new", AT, 2)
    assert (rig.wish.message_id, rig.wish.account_id) == (MESSAGE_ID, rig.account_id)
    assert rig.wishes.asked[-1][3] == (rig.wish.request_id,)


async def test_the_text_that_is_there_changes_nothing(rig: Rig) -> None:
    body = await (await rig.call("PATCH", body={"message": "old"})).json()
    assert (body["message"], body["rev"], body["editedAt"]) == ("old", 1, None)


async def test_a_delete_answers_with_the_place_without_text(rig: Rig) -> None:
    for _ in range(2):
        response = await rig.call("DELETE")
        body = await response.json()
        assert (response.status, body["message"], body["deletedAt"], body["rev"]) == (
            200,
            "",
            AT,
            2,
        )


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ACCESS_DENIED", 403),
        ("NOT_A_MEMBER", 403),
        ("ROOM_NOT_FOUND", 404),
        ("MESSAGE_NOT_FOUND", 404),
    ],
)
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_a_refusal_is_told_with_its_status(
    rig: Rig, method: str, code: str, status: int
) -> None:
    rig.wishes.answer = lambda wish: records.ChangeRefused(
        request_id="q",
        room_id=ROOM,
        account_id="a",
        message_id=MESSAGE_ID,
        code=code,
        reason="",
        at=AT,
    )
    body = {"message": "new"} if method == "PATCH" else None
    assert (await fault_of(await rig.call(method, body=body)))[:2] == (status, code)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"/chat/{ROOM}/messages/nonsense", "MESSAGE_NOT_FOUND"),
        (f"/chat/nonsense/messages/{MESSAGE_ID}", "ROOM_NOT_FOUND"),
    ],
)
async def test_what_is_no_id_names_nothing(rig: Rig, path: str, code: str) -> None:
    assert (await fault_of(await rig.call("DELETE", path)))[:2] == (404, code)
    assert rig.wishes.asked == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"message": " "},
        {"message": "x" * 4001},
        {"text": "x"},
        {"message": "\u200b"},
        {"message": "abc\u202egnp.exe"},
    ],
)
async def test_a_wrong_body_is_refused(rig: Rig, body: dict[str, str]) -> None:
    assert (await fault_of(await rig.call("PATCH", body=body)))[:2] == (400, "INVALID_INPUT")


async def test_strangers_to_the_service_change_nothing(rig: Rig) -> None:
    response = await rig.edge.client.patch(PATH, json={"message": "x"})
    assert (await fault_of(response))[:2] == (401, "NOT_AUTHENTICATED")
    assert rig.wishes.asked == []


async def test_changes_are_limited_as_messages_are(rig: Rig) -> None:
    for _ in range(3):
        await rig.call("PATCH", body={"message": "new"})
    for method, body in (("DELETE", None), ("PATCH", {"message": "newer"})):
        response = await rig.call(method, body=body)
        assert (await fault_of(response))[:2] == (429, "RATE_LIMITED")
        assert "Retry-After" in response.headers


async def test_who_is_muted_edits_nothing_and_may_delete(rig: Rig) -> None:
    rig.mutes.apply(
        0,
        records.SanctionImposed(
            fact_no=1,
            request_id="r",
            sanction_id="s",
            account_id=rig.account_id,
            room_id=None,
            reason="repeat",
            since=AT,
            until="2999-01-01T00:00:00.000Z",
            at=AT,
        ),
    )
    response = await rig.call("PATCH", body={"message": "new"})
    assert (await fault_of(response))[:2] == (422, "MESSAGE_REFUSED")
    assert rig.wishes.asked == []
    assert (await rig.call("DELETE")).status == 200


async def test_a_message_may_reply_and_mention(rig: Rig) -> None:
    body = {"message": "see @ann", "replyTo": MESSAGE_ID, "mentions": ["ann", "bob", "ann"]}
    assert (await rig.call("POST", f"/chat/{ROOM}", body)).status == 201
    assert (rig.wish.reply_to, rig.wish.message) == (MESSAGE_ID, "see @ann")


async def test_an_edit_takes_mentions_and_gives_those_of_its_text(rig: Rig) -> None:
    rig.rooms.join(ROOM, "jun")
    response = await rig.call("PATCH", body={"message": "안녕 @jun아", "mentions": ["bob"]})
    assert response.status == 200
    assert (await response.json())["mentions"] == [{"userId": "jun", "name": "jun"}]
    response = await rig.call("PATCH", body={"message": "hi jun", "mentions": ["jun"]})
    assert (await response.json())["mentions"] is None


@pytest.mark.parametrize(
    "more",
    [
        {"replyTo": "x"},
        {"mentions": ["NO"]},
        {"mentions": [f"u{n:03d}" for n in range(21)]},
        {"mentions": "ann"},
    ],
)
async def test_a_wrong_reply_or_mention_is_refused(rig: Rig, more: dict[str, object]) -> None:
    for method, path in (("POST", f"/chat/{ROOM}"), ("PATCH", PATH)):
        response = await rig.call(method, path, {"message": "x", **more})
        assert (await fault_of(response))[:2] == (400, "INVALID_INPUT")


async def test_a_reply_to_nothing_of_the_room_is_refused(rig: Rig) -> None:
    rig.wishes.answer = lambda wish: records.MessageRefused(
        room_id=ROOM,
        account_id="a",
        message_id=str(uuid4()),
        code="INVALID_INPUT",
        reason="replyTo names no message of the room",
        at=AT,
    )
    response = await rig.call("POST", f"/chat/{ROOM}", {"message": "x", "replyTo": str(uuid4())})
    assert (await fault_of(response))[:2] == (400, "INVALID_INPUT")


async def test_a_history_tells_the_rev_it_shows(rig: Rig) -> None:
    await rig.call("PATCH", body={"message": "new"})
    body = await (await rig.call("GET", f"/chat/{ROOM}/messages")).json()
    assert (body["rev"], body["messages"][0]["rev"]) == (2, 2)
