"""Messages, receipts, refusals and recovery over real sockets on loopback; stores are fakes."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from chatstream.errors import ErrorCode, UserError
from schemas.records import MessageRefused
from tests.fakes.rooms import AT, ROOM
from tests.fakes.stomp import TOPIC, Front, running_front

# -- messages --------------------------------------------------------------------------------


async def test_a_message_reaches_every_subscription_and_then_its_receipt(front: Front) -> None:
    client, other = await front.connect("min"), await front.connect("jun")
    await client.subscribed(TOPIC, "one")
    await client.subscribed(TOPIC, "two")
    await other.subscribed(TOPIC, "weird\\cid\\\\")
    message_id = str(uuid4())
    await client.say(ROOM, message_id, "안녕", receipt="r1")
    first = await client.frame()
    assert first.headers["subscription"] == "one"
    assert first.headers["destination"] == TOPIC
    assert first.headers["content-type"] == "application/json"
    assert json.loads(first.body) == {
        "type": "message",
        "messageId": "00000001-0000-4000-8000-000000000000",
        "roomId": ROOM,
        "seq": 1,
        "rev": 1,
        "userId": "min",
        "userName": "min",
        "message": "안녕",
        "createdAt": AT,
        "unread": None,
        "replyTo": None,
        "mentions": None,
        "editedAt": None,
        "deletedAt": None,
    }
    assert (await client.frame()).headers["subscription"] == "two"
    assert (await client.expect(b"RECEIPT"))["receipt-id"] == "r1"
    assert (await other.message())["message"] == "안녕"
    topic, key, wish, identity = front.wishes.asked[0]
    assert (topic, key) == ("kakao.chat.chatMessage.REQUEST", ROOM)
    assert identity == (ROOM, "min", message_id)
    assert wish.message == "안녕"  # type: ignore[attr-defined]


async def test_a_receipt_is_never_sent_before_the_message_is_stored(front: Front) -> None:
    client = await front.connect("min")
    front.wishes.gate.clear()
    await client.say(ROOM, str(uuid4()), receipt="stored")
    await client.send("UNSUBSCRIBE", {"id": "x", "receipt": "later"})
    assert (await client.expect(b"RECEIPT"))["receipt-id"] == "later"
    front.wishes.gate.set()
    assert (await client.expect(b"RECEIPT"))["receipt-id"] == "stored"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"messageId": "x", "message": "hi"}', "messageId must be a UUID"),
        (f'{{"messageId": "{uuid4()}"}}', "message is required"),
        (f'{{"messageId": "{uuid4()}", "message": 7}}', "message must be a text"),
        (f'{{"messageId": "{uuid4()}", "message": " "}}', "message must not be empty"),
        (
            f'{{"messageId": "{uuid4()}", "message": "hi", "more": 1}}',
            "more is not a known field",
        ),
        (
            f'{{"messageId": "{uuid4()}", "message": "hi", "replyTo": "x"}}',
            "replyTo must be a UUID",
        ),
        (
            f'{{"messageId": "{uuid4()}", "message": "hi", "mentions": ["X"]}}',
            "mentions.0 must be a user ID",
        ),
        (
            f'{{"messageId": "{uuid4()}", "message": "\u200b"}}',
            "message must have a visible character",
        ),
        (
            f'{{"messageId": "{uuid4()}", "message": "abc\u202egnp.exe"}}',
            "message must not contain characters that turn the direction of the line",
        ),
        ("nonsense", "body must be JSON in UTF-8"),
        ("[]", "body must be an object"),
    ],
)
async def test_a_wrong_body_is_refused_naming_the_field_and_the_connection_stays(
    front: Front, body: str, reason: str
) -> None:
    client = await front.connect("min")
    await client.subscribed("/sub/user/min", "u")
    await client.send("SEND", {"destination": f"/pub/chat/room/{ROOM}", "receipt": "r"}, body)
    answer = await client.message()
    told = (answer["type"], answer["code"], answer["reason"])
    assert told == ("refused", "INVALID_INPUT", reason)
    await client.say(ROOM, str(uuid4()), receipt="good")
    assert (await client.expect(b"RECEIPT"))["receipt-id"] == "good"


async def test_a_refusal_goes_to_all_sockets_of_the_account_and_to_nobody_else(
    front: Front,
) -> None:
    client, second, other = [await front.connect(who) for who in ("min", "min", "jun")]
    await second.subscribed("/sub/user/min")
    await other.subscribed("/sub/user/jun")
    message_id = str(uuid4())
    front.refusal = MessageRefused(
        room_id=ROOM,
        account_id="min",
        message_id=message_id,
        code="NOT_A_MEMBER",
        reason="no",
        at=AT,
    )
    await client.say(ROOM, message_id, receipt="never")
    assert await second.message() == {
        "type": "refused",
        "messageId": message_id,
        "code": "NOT_A_MEMBER",
        "reason": "no",
    }
    for each in (client, other):
        await each.send("UNSUBSCRIBE", {"id": "x", "receipt": "only"})
        assert (await each.expect(b"RECEIPT"))["receipt-id"] == "only"


async def test_no_outcome_in_time_is_told_as_such(front: Front) -> None:
    client = await front.connect("min")
    await client.subscribed("/sub/user/min")
    front.refusal = UserError(ErrorCode.STORE_UNAVAILABLE, "no outcome yet")
    await client.say(ROOM, str(uuid4()))
    assert (await client.message())["code"] == "STORE_UNAVAILABLE"


async def test_busy_stops_reading_and_refuses_nothing(front: Front) -> None:
    client = await front.connect("min")
    front.wishes.full = True
    await client.say(ROOM, str(uuid4()), receipt="r1")
    await client.send("UNSUBSCRIBE", {"id": "x", "receipt": "r2"})
    await front.until(lambda: any(session.paused for session in front.sessions()))
    assert front.wishes.asked == []
    front.wishes.full = False
    receipts = {(await client.expect(b"RECEIPT"))["receipt-id"] for _ in range(2)}
    assert receipts == {"r1", "r2"}


async def test_a_repeat_of_a_stored_message_is_receipted_and_shown_to_nobody(front: Front) -> None:
    client = await front.connect("min")
    await client.subscribed(TOPIC)
    message_id = str(uuid4())
    await client.say(ROOM, message_id, receipt="first")
    assert (await client.message())["seq"] == 1
    assert (await client.expect(b"RECEIPT"))["receipt-id"] == "first"

    def again(_: object) -> object:
        repeated = msgspec.structs.replace(front.rooms.record(ROOM, 1), repeated=True)
        front.hub.tell(0, repeated)
        return repeated

    front.wishes.answer = again
    await client.say(ROOM, message_id, receipt="again")
    assert (await client.expect(b"RECEIPT"))["receipt-id"] == "again"


@pytest.mark.parametrize(
    ("destination", "code"),
    [
        ("/pub/chat/room/nonsense", "INVALID_INPUT"),
        ("/pub/chat/room/nonsense/read", "INVALID_INPUT"),
        (f"/pub/chat/room/{ROOM}/dance", "INVALID_INPUT"),
        ("/pub/everything", "NOT_FOUND"),
        (TOPIC, "NOT_FOUND"),
    ],
)
async def test_what_cannot_be_sent_to_ends_the_connection(
    front: Front, destination: str, code: str
) -> None:
    client = await front.connect("min")
    body = json.dumps({"messageId": str(uuid4()), "message": "hi"})
    await client.send("SEND", {"destination": destination}, body)
    assert await client.error() == (code, 1008)
    assert front.wishes.asked == []


# -- recovery --------------------------------------------------------------------------------


async def test_after_brings_what_was_missed_before_the_receipt(front: Front) -> None:
    front.rooms.page = 2
    for _ in range(7):
        front.rooms.say(ROOM, "jun")
    client = await front.connect("min")
    missed = await client.subscribed(TOPIC, after="2")
    assert [body["seq"] for body in missed] == [3, 4, 5, 6, 7]
    front.hub.tell(0, front.rooms.say(ROOM, "jun"))
    assert (await client.message())["seq"] == 8


async def test_rev_brings_what_changed_before_the_receipt(front: Front) -> None:
    for _ in range(3):
        front.rooms.say(ROOM, "jun")
    front.rooms.edit(ROOM, 1, "new")
    front.rooms.unsay(ROOM, 2)
    client = await front.connect("min")
    missed = await client.subscribed(TOPIC, after="3", rev="4")
    assert [(body["type"], body["seq"]) for body in missed] == [("deleted", 2)]
    front.hub.tell(0, front.rooms.edit(ROOM, 3, "live"))
    told = await client.message()
    assert (told["type"], told["message"], told["rev"]) == ("edited", "live", 6)


@pytest.mark.parametrize("rev", ["x", "-1", ""])
async def test_a_rev_that_is_no_number_ends_the_connection(front: Front, rev: str) -> None:
    client = await front.connect("min")
    await client.subscribe(TOPIC, after="0", rev=rev)
    assert (await client.error())[1] == 1002


async def test_a_message_may_reply_and_mention(front: Front) -> None:
    client = await front.connect("min")
    quoted = str(uuid4())
    body = {"messageId": str(uuid4()), "message": "@jun", "replyTo": quoted, "mentions": ["jun"]}
    headers = {"destination": f"/pub/chat/room/{ROOM}", "receipt": "r"}
    await client.send("SEND", headers, json.dumps(body))
    assert (await client.expect(b"RECEIPT"))["receipt-id"] == "r"
    wish: Any = front.wishes.asked[0][2]
    assert (wish.reply_to, wish.message) == (quoted, "@jun")


async def test_without_after_it_begins_at_the_head(front: Front) -> None:
    front.rooms.say(ROOM, "jun")
    client = await front.connect("min")
    assert await client.subscribed(TOPIC) == []


async def test_a_store_that_stays_away_ends_the_connection_for_a_later_try(front: Front) -> None:
    client = await front.connect("min")
    front.rooms.away = True
    await client.subscribe(TOPIC)
    assert await client.error() == ("STORE_UNAVAILABLE", 1013)


async def test_a_store_that_is_away_does_not_end_the_subscription_of_the_account(
    front: Front,
) -> None:
    client = await front.connect("min")
    front.rooms.away = True
    await client.subscribe("/sub/user/min")
    await front.until(lambda: front.rooms.calls.count("room_ids_of") > 1)
    front.refusal = UserError(ErrorCode.STORE_UNAVAILABLE, "no outcome yet")
    await client.say(ROOM, str(uuid4()))
    assert (await client.message())["type"] == "refused"
    front.rooms.away = False
    assert (await client.expect(b"RECEIPT"))["receipt-id"] == "sub"


async def test_disconnect_tells_when_it_cannot_finish() -> None:
    async with running_front(wish_timeout=-0.9) as front:
        client = await front.connect("min")
        front.rooms.away = True
        await client.subscribe("/sub/user/min")
        await client.send("DISCONNECT", {"receipt": "bye"})
        assert await client.error() == ("STORE_UNAVAILABLE", 1013)


async def test_who_leaves_sees_nothing_more_and_is_told(front: Front) -> None:
    client, other = await front.connect("min"), await front.connect("jun")
    for each, who in ((client, "min"), (other, "jun")):
        await each.subscribed(f"/sub/user/{who}", "u")
        await each.subscribed(TOPIC, "s")
    front.hub.tell(0, front.rooms.leave(ROOM, "jun"))
    assert (await client.message())["type"] == "left"
    front.hub.tell(0, front.rooms.say(ROOM, "min"))
    assert (await client.message())["seq"] == 1
    told = [(await other.message())["type"] for _ in range(2)]
    assert sorted(told) == ["left", "removed"]
    await other.send("UNSUBSCRIBE", {"id": "s", "receipt": "r"})
    assert (await other.expect(b"RECEIPT"))["receipt-id"] == "r"
