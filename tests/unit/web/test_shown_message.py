"""A shown message is the same wherever it is sent: HTTP, a room's frames, the list of rooms."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from chatstream.ports.messages import MentionedMember, QuotedMessage, StoredMessage
from schemas import records
from schemas.records import MessageStored
from tests.fakes.rooms import AT, ROOM
from web.edge.bodies import answer
from web.live import events, messages
from web.live.frames import Broadcast, subscription_header
from web.shapes import MessageView, message_view

MESSAGE_ID = "0190a0f0-0000-7000-8000-00000000000a"
WIRE = {
    "messageId": MESSAGE_ID,
    "roomId": ROOM,
    "seq": 7,
    "rev": 9,
    "userId": "minsu",
    "userName": "민수",
    "message": "안녕",
    "createdAt": AT,
    "unread": 2,
    "replyTo": None,
    "mentions": None,
    "editedAt": None,
    "deletedAt": None,
}
ERASED = {**WIRE, "userId": None, "userName": None}


def row(user_id: str | None, user_name: str | None) -> StoredMessage:
    return StoredMessage(ROOM, 7, 9, MESSAGE_ID, "account", user_id, user_name, "안녕", AT, 2)


def fact(user_id: str, user_name: str) -> MessageStored:
    return MessageStored(
        fact_no=9,
        room_id=ROOM,
        seq=7,
        rev=9,
        message_id=MESSAGE_ID,
        account_id="account",
        user_id=user_id,
        user_name=user_name,
        message="안녕",
        created_at=AT,
        access_version=1,
        room_kind="open",
        unread=2,
    )


def sent(broadcast: Broadcast) -> Any:
    """The JSON body of a MESSAGE frame."""
    frame = broadcast.frame(subscription_header("s")).stomp
    return json.loads(frame.partition(b"\n\n")[2][:-1])


def test_openapi_and_the_frames_name_the_same_fields() -> None:
    documented = set(MessageView.model_json_schema(by_alias=True)["properties"])
    assert documented == set(WIRE)
    for struct in (messages.RoomMessage, events.Shown):
        assert {field.encode_name for field in msgspec.structs.fields(struct)} == documented


@pytest.mark.parametrize(
    ("stored", "wire"),
    [
        (row("minsu", "민수"), WIRE),
        (fact("minsu", "민수"), WIRE),
        (row(None, None), ERASED),
        (fact("", ""), ERASED),
    ],
    ids=["row", "fact", "row of an erased author", "fact of an erased author"],
)
def test_a_message_is_shown_alike_by_http_and_in_frames(
    stored: StoredMessage | MessageStored, wire: dict[str, object]
) -> None:
    assert json.loads(answer(message_view(stored)).text or "") == wire
    assert sent(messages.message(stored)) == {"type": "message", **wire}


@pytest.mark.parametrize(
    ("stored", "wire"), [(fact("minsu", "민수"), WIRE), (fact("", ""), ERASED)]
)
def test_the_last_message_of_a_changed_room_is_shown_as_everywhere(
    stored: MessageStored, wire: dict[str, object]
) -> None:
    told = sent(events.for_user("minsu", messages.line(stored)))
    unchanged = {"name": None, "memberCount": None, "lastReadSeq": None, "deletedSeq": None}
    assert told == {
        "type": "roomChanged",
        "roomId": ROOM,
        "lastSeq": 7,
        "lastMessage": wire,
        **unchanged,
    }


QUOTE = {
    "messageId": MESSAGE_ID,
    "seq": 3,
    "userId": "jun",
    "userName": "준",
    "message": None,
}
RICH = {
    **WIRE,
    "replyTo": QUOTE,
    "mentions": [{"userId": "jun", "name": "준"}],
    "editedAt": AT,
}


def test_replies_mentions_and_edits_are_shown_alike_by_http_and_in_frames() -> None:
    stored = replace(
        row("minsu", "민수"),
        edited_at=AT,
        reply_to=QuotedMessage(MESSAGE_ID, 3, "jun", "준", None),
        mentions=(MentionedMember("jun", "준"),),
    )
    told = records.MessageEdited(
        **revised(),
        message="안녕",
        edited_at=AT,
        reply_to=records.quote(stored.reply_to),
        mentions=records.people(stored.mentions),
    )
    assert json.loads(answer(message_view(stored)).text or "") == RICH
    assert sent(messages.changed(stored)) == {"type": "edited", **RICH}
    assert sent(messages.changed(told)) == {"type": "edited", **RICH}


def test_a_delete_is_told_as_the_history_shows_it() -> None:
    stored = replace(row("minsu", "민수"), message="", deleted_at=AT)
    told = records.MessageDeleted(**revised(), deleted_at=AT)
    wire = {**WIRE, "message": "", "deletedAt": AT}
    del wire["unread"]
    assert json.loads(answer(message_view(stored)).text or "") == wire
    assert (
        sent(messages.changed(stored))
        == sent(messages.changed(told))
        == {"type": "deleted", **wire}
    )


def revised() -> dict[str, Any]:
    return {
        "fact_no": 9,
        "request_id": "q",
        "room_id": ROOM,
        "seq": 7,
        "rev": 9,
        "message_id": MESSAGE_ID,
        "account_id": "account",
        "user_id": "minsu",
        "user_name": "민수",
        "former": "bye",
        "created_at": AT,
        "access_version": 1,
        "room_kind": "open",
        "last_seq": 7,
        "unread": 2,
    }
