"""The message agent's sink: what it takes, and what it answers to each kind of wish."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from agents.messages.moderation import Moderator
from agents.messages.wishes import MessageSink
from chatstream.domain.partitions import partition_of
from chatstream.errors import PoisonMessage
from chatstream.ports.messages import (
    ChangeOutcome,
    ChangeWish,
    MentionedMember,
    MessageOutcome,
    QuotedMessage,
)
from schemas import codec, records
from schemas.contexts.messages import MESSAGE
from tests.fakes.outsiders import nobody_outside
from tests.fakes.producer import ProducerSpy
from tests.fakes.producing import FixedPolicy

REQUEST, RESPONSE = MESSAGE.request.name, MESSAGE.response.name
ROOM = "00000000-0000-4000-8000-000000000001"
ID = "00000000-0000-4000-8000-000000000002"
REQUEST_ID = "00000000-0000-4000-8000-000000000003"
AT = "2026-11-21T12:00:00.000Z"
PARTITION = partition_of(ROOM, 8)
CHANGE: dict[str, Any] = {
    "request_id": REQUEST_ID,
    "room_id": ROOM,
    "account_id": ID,
    "message_id": ID,
    "requested_at": AT,
}
EDIT = records.EditMessage(**CHANGE, message="new")
DELETE = records.DeleteMessage(**CHANGE)
SEND = records.SendMessage(
    room_id=ROOM,
    account_id=ID,
    user_id="ann",
    user_name="Ann",
    message_id=ID,
    message="안녕 @bob.",
    requested_at=AT,
    reply_to=ID,
)
TOLD: dict[str, Any] = {
    "fact_no": 7,
    "rev": 7,
    "seq": 3,
    "former": "old",
    "at": AT,
    "created_at": AT,
    "user_id": "ann",
    "user_name": "Ann",
    "access_version": 2,
    "room_kind": "group",
    "last_seq": 4,
    "former_rev": 6,
}


class Store:
    """Answers with what it is given, and keeps what it was asked."""

    def __init__(self, outcomes: Sequence[Any]) -> None:
        self.outcomes = outcomes
        self.asked: list[Any] = []

    async def carry_out(self, generation: int | None, wishes: Sequence[Any]) -> Sequence[Any]:
        self.asked.append((generation, list(wishes)))
        return self.outcomes


class Rig:
    def __init__(self, *outcomes: Any) -> None:
        self.producer, self.store = ProducerSpy(), Store(outcomes)
        app: Any = SimpleNamespace(producer=self.producer, conf=SimpleNamespace(topic_partitions=8))
        homes = dict.fromkeys(range(8), "chat-0")
        moderator = Moderator(FixedPolicy())
        self.sink = MessageSink(app, {"chat-0": self.store}, homes, moderator, nobody_outside())

    async def process(self, *wishes: records.Record) -> list[Any]:
        await self.sink.process("chat-0", [event(wish) for wish in wishes])
        told = [value for topic, _, value, _ in self.producer.sent if topic == RESPONSE]
        return [codec.decode(RESPONSE, value) for value in told]


def event(wish: records.Record, partition: int = PARTITION) -> Any:
    value = records.encode(wish)
    message = SimpleNamespace(
        topic=REQUEST,
        partition=partition,
        offset=0,
        key=ROOM.encode(),
        value=value,
        generation_id=5,
        headers=(),
        timestamp=None,
    )
    return SimpleNamespace(value=value, message=message, key=message.key)


async def test_an_edit_is_told_with_the_text_before_and_after() -> None:
    rig = Rig(ChangeOutcome(wish=0, text="new", **TOLD))
    [fact] = await rig.process(EDIT)
    assert rig.store.asked == [(5, [ChangeWish(PARTITION, ROOM, ID, ID, REQUEST_ID, "new")])]
    assert isinstance(fact, records.MessageEdited)
    assert (fact.fact_no, fact.rev, fact.former_rev, fact.seq) == (7, 7, 6, 3)
    assert (fact.former, fact.message, fact.edited_at) == ("old", "new", AT)
    assert fact.request_id == REQUEST_ID


async def test_a_delete_is_told_without_a_text() -> None:
    rig = Rig(ChangeOutcome(wish=0, text=None, **TOLD))
    [fact] = await rig.process(DELETE)
    assert isinstance(fact, records.MessageDeleted)
    assert (fact.former, fact.deleted_at, fact.last_seq) == ("old", AT, 4)


@pytest.mark.parametrize(("wish", "text"), [(EDIT, "new"), (DELETE, None)])
async def test_who_follows_changes_is_told_which_message_and_no_text(
    wish: records.Record, text: str | None
) -> None:
    rig = Rig(ChangeOutcome(wish=0, text=text, **TOLD))
    await rig.process(wish)
    [(partition, key, value)] = [
        (sent[3], sent[1], sent[2]) for sent in rig.producer.sent if sent[0] == MESSAGE.event.name
    ]
    assert (partition, key) == (PARTITION, ROOM.encode())
    assert codec.decode(MESSAGE.event.name, value) == records.MessageChanged(
        room_id=ROOM, account_id=ID, message_id=ID, seq=3, rev=7, is_deleted=text is None
    )


@pytest.mark.parametrize(
    ("wish", "outcome"),
    [
        (EDIT, ChangeOutcome(wish=0, seq=3, at=AT)),
        (EDIT, ChangeOutcome(wish=0, code="ACCESS_DENIED")),
        (SEND, MessageOutcome(wish=0, code=None, seq=4, fact_no=9, room_kind="group")),
    ],
)
async def test_what_changes_no_message_is_told_to_nobody_who_follows(
    wish: records.Record, outcome: Any
) -> None:
    rig = Rig(outcome)
    await rig.process(wish)
    assert MESSAGE.event.name not in {topic for topic, *_ in rig.producer.sent}


async def test_what_was_so_already_is_answered_without_a_fact() -> None:
    [answer] = await Rig(ChangeOutcome(wish=0, seq=3, at=AT)).process(EDIT)
    assert isinstance(answer, records.MessageUnchanged)
    assert (answer.request_id, answer.seq) == (REQUEST_ID, 3)


async def test_a_refused_change_names_its_wish() -> None:
    outcome = ChangeOutcome(wish=0, code="ACCESS_DENIED", reason="only the own")
    [answer] = await Rig(outcome).process(DELETE)
    assert isinstance(answer, records.ChangeRefused)
    assert (answer.request_id, answer.code, answer.reason) == (
        REQUEST_ID,
        "ACCESS_DENIED",
        "only the own",
    )


async def test_a_message_is_told_with_what_it_quotes_and_whom_it_mentions() -> None:
    rig = Rig(
        MessageOutcome(
            wish=0,
            code=None,
            seq=4,
            fact_no=9,
            created_at=AT,
            former_rev=7,
            room_kind="group",
            reply_to=QuotedMessage(ID, 3, "bob", "Bob", "what?"),
            mentions=(MentionedMember("bob", "Bob"),),
        )
    )
    [fact] = await rig.process(SEND)
    [(_, [place])] = rig.store.asked
    assert (place.reply_to, place.mentions) == (ID, (("bob", "bob."),))
    assert (fact.reply_to.message, fact.mentions[0].user_id, fact.former_rev) == ("what?", "bob", 7)


async def test_an_edit_mentions_whom_its_new_text_names() -> None:
    rig = Rig(ChangeOutcome(wish=0, text="new", mentions=(MentionedMember("jun", "Jun"),), **TOLD))
    [fact] = await rig.process(records.EditMessage(**CHANGE, message="@jun님, https://a.kr/@bob"))
    [(_, [wish])] = rig.store.asked
    assert wish.mentions == (("jun",),)
    assert [each.user_id for each in fact.mentions] == ["jun"]


@pytest.mark.parametrize(
    "wish",
    [
        records.EditMessage(**CHANGE, message=" "),
        records.EditMessage(**CHANGE, message="abc\u202egnp.exe"),
        msgspec.structs.replace(SEND, message="\u200b"),
        msgspec.structs.replace(SEND, message="a\u200bb"),
        records.EditMessage(**{**CHANGE, "request_id": "x"}, message="new"),
        records.DeleteMessage(**{**CHANGE, "message_id": "x"}),
        records.SendMessage(
            room_id=ROOM,
            account_id=ID,
            user_id="ann",
            user_name="Ann",
            message_id=ID,
            message="hi",
            requested_at=AT,
            reply_to="x",
        ),
    ],
)
def test_a_wish_that_can_never_be_carried_out_is_poison(wish: records.Record) -> None:
    with pytest.raises(PoisonMessage):
        Rig().sink.parse(event(wish))


def test_a_wish_in_another_rooms_partition_is_poison() -> None:
    with pytest.raises(PoisonMessage):
        Rig().sink.parse(event(EDIT, (PARTITION + 1) % 8))


async def test_a_rejected_change_is_dead_lettered_and_whoever_waits_is_told() -> None:
    rig = Rig()
    await rig.sink.reject(event(EDIT), "the database refuses it")
    (letter, *_), (topic, _, value, _) = rig.producer.sent
    assert (letter, topic) == ("kakao.chat.chatMessage.DLQ", RESPONSE)
    answer = codec.decode(topic, value)
    assert isinstance(answer, records.ChangeRefused)
    assert (answer.request_id, answer.code) == (REQUEST_ID, "MESSAGE_REFUSED")
