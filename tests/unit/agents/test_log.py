"""The log service's sink: what it keeps, what it sends again, what it dead-letters."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from agents.log import SOURCES, LogSink, documents_of
from chatstream.domain.documents import EVENTS, MESSAGES
from chatstream.errors import TransientFailure
from schemas import records
from schemas.actions import IAM, action
from schemas.catalogue import TOPICS
from schemas.contexts import friends, log, notices, rooms, stats
from schemas.contexts.accounts import ACCOUNT, SESSION
from schemas.contexts.conduct import SANCTION
from schemas.contexts.friends import FRIEND
from schemas.contexts.messages import MESSAGE
from schemas.contexts.notices import NOTICE
from schemas.contexts.reading import READ
from schemas.contexts.rooms import ROOM as ROOM_STREAM
from schemas.contexts.saving import SAVED
from schemas.streams import TopicSpec
from tests.fakes.producer import ProducerSpy
from tests.fakes.search import FakeDocuments
from tests.samples import sample

AT = "2026-11-21T12:00:00.000Z"
ROOM = "11111111-1111-4111-8111-111111111111"
MEMBER = records.Member(account_id="b", user_id="bora", name="보라")


class Rig:
    def __init__(self) -> None:
        self.producer = ProducerSpy()
        self.store = FakeDocuments()
        app: Any = SimpleNamespace(producer=self.producer)
        self.sink = LogSink(app, self.store)

    async def process(self, batch: list[Any]) -> None:
        await self.sink.process(self.sink.lane_of("any", 0), batch)

    def kept(self, dataset: str) -> set[str]:
        return {identity for index, identity in self.store.kept if index == f"{dataset}-2026.11"}


@pytest.fixture
def rig() -> Rig:
    return Rig()


def event(topic: TopicSpec, value: bytes, offset: int = 0) -> Any:
    message = SimpleNamespace(
        topic=topic.name, partition=3, offset=offset, key=ROOM.encode(), value=value, headers=()
    )
    return SimpleNamespace(message=message, value=value, key=message.key)


def stored(number: int, at: str = AT) -> records.MessageStored:
    return records.MessageStored(
        fact_no=number,
        room_id=ROOM,
        seq=number,
        rev=number,
        message_id=f"00000000-0000-4000-8000-{number:012d}",
        account_id="a",
        user_id="ara",
        user_name="아라",
        message=f"비밀 {number}",
        created_at=at,
        access_version=1,
        room_kind="group",
    )


def said(number: int, at: str = AT) -> Any:
    return event(MESSAGE.response, records.encode(stored(number, at)), number)


REVISED = {
    "fact_no": 5,
    "request_id": "q",
    "room_id": ROOM,
    "seq": 1,
    "rev": 5,
    "message_id": "m",
    "account_id": "a",
    "user_id": "ara",
    "user_name": "아라",
    "former": "비밀 1",
    "created_at": AT,
    "access_version": 1,
    "room_kind": "group",
    "last_seq": 1,
}
EDITED = records.MessageEdited(**REVISED, message="비밀 아님", edited_at=AT)  # type: ignore[arg-type]
DELETED = records.MessageDeleted(**REVISED, deleted_at=AT)  # type: ignore[arg-type]

NOTICED: dict[str, Any] = {
    "fact_no": 5,
    "request_id": "q",
    "account_id": "a",
    "room_id": ROOM,
    "room_kind": "group",
    "access_version": 1,
    "rev": 5,
    "at": AT,
    "message_id": "m",
    "notice": records.ShownNotice(
        text="비밀", message_id="m", user_id="ara", user_name="아라", at=AT, rev=5
    ),
}
FACTS = [
    pytest.param(MESSAGE.response, stored(5), "messageStored", id="message"),
    pytest.param(MESSAGE.response, EDITED, "messageEdited", id="edit"),
    pytest.param(MESSAGE.response, DELETED, "messageDeleted", id="delete"),
    pytest.param(NOTICE.response, records.NoticeSet(**NOTICED), "noticeSet", id="notice"),
    pytest.param(NOTICE.response, records.NoticeEdited(**NOTICED), "noticeEdited", id="followed"),
    pytest.param(NOTICE.response, records.NoticeEnded(**NOTICED), "noticeEnded", id="ended"),
    pytest.param(
        ROOM_STREAM.response,
        records.RoomConfigured(
            fact_no=5,
            request_id="q",
            room_id=ROOM,
            account_id="a",
            setting="notice_by",
            value="owner",
            member_count=1,
            access_version=1,
            at=AT,
        ),
        "roomConfigured",
        id="setting",
    ),
    pytest.param(
        ROOM_STREAM.response,
        records.RoomCreated(
            request_id="q",
            room_id=ROOM,
            account_id="a",
            fact_no=5,
            kind="group",
            name="우리 방",
            owner=MEMBER,
            members=(MEMBER,),
            member_count=1,
            access_version=1,
            created_at=AT,
        ),
        "roomCreated",
        id="room",
    ),
    *(
        pytest.param(
            ROOM_STREAM.response,
            kind(
                request_id="q",
                room_id=ROOM,
                account_id="a",
                fact_no=5,
                member=MEMBER,
                member_count=2,
                access_version=2,
                at=AT,
            ),
            action,
            id=action,
        )
        for kind, action in (
            (records.MemberJoined, "memberJoined"),
            (records.MemberLeft, "memberLeft"),
        )
    ),
    *(
        pytest.param(
            ROOM_STREAM.response,
            kind(
                request_id="q",
                room_id=ROOM,
                account_id="a",
                fact_no=5,
                member_count=2,
                access_version=2,
                at=AT,
                **more,
            ),
            action,
            id=action,
        )
        for kind, action, more in (
            (records.RoomRenamed, "roomRenamed", {"name": "우리 방"}),
            (records.OwnerChanged, "ownerChanged", {"owner": MEMBER}),
            (records.RoomDeleted, "roomDeleted", {}),
        )
    ),
    pytest.param(
        ACCOUNT.response,
        records.AccountCreated(
            fact_no=5, request_id="q", account_id="a", user_id="ara", name="아라", created_at=AT
        ),
        "accountCreated",
        id="account",
    ),
    pytest.param(
        ACCOUNT.response,
        records.ProfileChanged(
            fact_no=5, request_id="q", account_id="a", user_id="ara", name="아라", at=AT
        ),
        "profileChanged",
        id="profile",
    ),
    pytest.param(
        ACCOUNT.response,
        records.AccountErased(fact_no=5, request_id="q", account_id="a", saga_id="q", at=AT),
        "accountErased",
        id="erasure",
    ),
    *(
        pytest.param(
            FRIEND.response,
            kind(
                request_id="q",
                account_id="a",
                fact_no=5,
                user_id="ara",
                target_id="b",
                target_user_id="bora",
                at=AT,
            ),
            str(kind.__struct_config__.tag),
            id=kind.__name__,
        )
        for kind in (
            records.FriendAdded,
            records.FriendRemoved,
            records.UserBlocked,
            records.UserUnblocked,
        )
    ),
    pytest.param(
        SANCTION.response,
        records.SanctionImposed(
            fact_no=5,
            request_id="q",
            sanction_id="q",
            account_id="a",
            room_id=None,
            reason="banned_word",
            since=AT,
            until=AT,
            at=AT,
        ),
        "sanctionImposed",
        id="imposed sanction",
    ),
    pytest.param(
        SANCTION.response,
        records.SanctionLifted(
            fact_no=5,
            request_id="q",
            sanction_id="s",
            account_id="a",
            room_id=ROOM,
            reason="banned_word",
            until=AT,
            lifted_by="o",
            at=AT,
        ),
        "sanctionLifted",
        id="lifted sanction",
    ),
]

NO_FACTS = [
    pytest.param(
        NOTICE.response,
        records.NoticeUnchanged(request_id="q", room_id=ROOM, account_id="a", at=AT),
        id="unchanged notice",
    ),
    pytest.param(
        NOTICE.response,
        records.NoticeRefused(
            request_id="q", room_id=ROOM, account_id="a", code="NOTICE_LOCKED", reason="", at=AT
        ),
        id="refused notice",
    ),
    pytest.param(
        MESSAGE.response,
        records.MessageRefused(
            room_id=ROOM, account_id="a", message_id="m", code="NOT_A_MEMBER", reason="", at=AT
        ),
        id="refused message",
    ),
    pytest.param(
        MESSAGE.response,
        records.MessageUnchanged(
            request_id="q", room_id=ROOM, account_id="a", message_id="m", seq=1, at=AT
        ),
        id="unchanged message",
    ),
    pytest.param(
        MESSAGE.response,
        records.ChangeRefused(
            request_id="q",
            room_id=ROOM,
            account_id="a",
            message_id="m",
            code="ACCESS_DENIED",
            reason="",
            at=AT,
        ),
        id="refused change",
    ),
    pytest.param(
        ROOM_STREAM.response,
        records.RoomEntered(
            request_id="q", room_id=ROOM, account_id="a", member_count=1, access_version=1, at=AT
        ),
        id="entered",
    ),
    pytest.param(
        ROOM_STREAM.response,
        records.RoomRefused(
            request_id="q", room_id=ROOM, account_id="a", code="NOT_A_MEMBER", reason="", at=AT
        ),
        id="refused room",
    ),
    pytest.param(
        ACCOUNT.response,
        records.AccountRefused(
            request_id="q", account_id="a", user_id="u", code="USER_EXISTS", reason="", at=AT
        ),
        id="refused account",
    ),
    pytest.param(
        ACCOUNT.response,
        records.ProfileUnchanged(request_id="q", account_id="a", at=AT),
        id="unchanged profile",
    ),
    pytest.param(
        FRIEND.response,
        records.FriendUnchanged(request_id="q", account_id="a", at=AT),
        id="unchanged friend",
    ),
    pytest.param(
        FRIEND.response,
        records.FriendRefused(
            request_id="q", account_id="a", code="USER_NOT_FOUND", reason="", at=AT
        ),
        id="refused friend",
    ),
    pytest.param(
        SANCTION.response,
        records.SanctionRefused(request_id="q", account_id="a", code="NOT_FOUND", reason="", at=AT),
        id="refused sanction",
    ),
]


@pytest.mark.parametrize(("topic", "fact", "action"), FACTS)
async def test_each_fact_becomes_one_event_without_names_and_text(
    rig: Rig, topic: TopicSpec, fact: Any, action: str
) -> None:
    await rig.process([event(topic, records.encode(fact))])
    identity = f"{topic.name}:3:5"
    assert rig.kept(EVENTS) == {identity}
    body: Any = rig.store.kept[f"{EVENTS}-2026.11", identity].body
    assert body["event"]["action"] == action
    for secret in ("비밀", "아라", "보라", "우리 방", "ara", "bora"):
        assert secret not in str(body)


@pytest.mark.parametrize(("topic", "record"), NO_FACTS)
async def test_what_changed_nothing_is_not_kept(rig: Rig, topic: TopicSpec, record: Any) -> None:
    await rig.process([event(topic, records.encode(record))])
    assert rig.store.kept == {}
    assert rig.producer.sent == []


@pytest.mark.parametrize(
    ("facts", "text"), [([EDITED], "비밀 아님"), ([DELETED], None), ([EDITED, DELETED], None)]
)
@pytest.mark.parametrize("late", [False, True])
async def test_the_search_keeps_what_the_latest_fact_says_in_any_order(
    rig: Rig, facts: list[Any], text: str | None, *, late: bool
) -> None:
    """An older fact that comes again, or late, never brings a text back."""
    numbered = [
        msgspec.structs.replace(fact, fact_no=5 + n, rev=5 + n) for n, fact in enumerate(facts)
    ]
    changes = [event(MESSAGE.response, records.encode(fact)) for fact in numbered]
    await rig.process([*changes[::-1], said(1)] if late else [said(1), *changes, said(1)])
    body = rig.store.kept[f"{MESSAGES}-2026.11", f"{ROOM}:1"].body
    assert body.get("message") == text
    if text is None:
        assert not any(secret in str(body) for secret in ("비밀", "아라", "ara"))


def test_every_kind_of_response_record_is_tried_here() -> None:
    tried = {type(case.values[1]) for case in (*FACTS, *NO_FACTS)}
    assert tried == set(records.MessageResponse.__args__) | set(
        records.RoomResponse.__args__
    ) | set(records.AccountResponse.__args__) | set(records.FriendResponse.__args__) | set(
        records.SanctionResponse.__args__
    ) | set(records.NoticeResponse.__args__)


def test_an_event_has_the_class_of_its_action_and_only_what_is_named() -> None:
    joined = records.MemberJoined(
        request_id="q",
        room_id=ROOM,
        account_id="a",
        fact_no=5,
        member=MEMBER,
        member_count=2,
        access_version=2,
        at=AT,
        seq=9,
    )
    (document,) = documents_of(ROOM_STREAM.response.name, 3, records.encode(joined))
    body: Any = document.body
    assert (body["event"]["category"], body["event"]["type"]) == (["iam"], ["group", "change"])
    assert body["user"] == {"id": "a", "target": {"id": "b"}}
    assert body["chatstream"]["room"] == {"id": ROOM, "member_count": 2, "access_version": 2}
    assert "message" not in body["chatstream"]


def test_an_action_that_names_no_field_is_a_fault_of_the_program() -> None:
    with pytest.raises(TypeError, match="RoomDeleted and events have no seq, ttl"):
        action(records.RoomDeleted, IAM, ("group",), "seq", "room_id", ttl="room_id")


WITHOUT_FACTS = (
    SESSION.response,
    READ.response,
    SAVED.response,
    friends.ERASURE.response,
    rooms.ERASURE.response,
    notices.ERASURE.response,
    stats.ERASURE.response,
    log.ERASURE.response,
)


def test_every_topic_with_facts_is_read() -> None:
    assert set(SOURCES) == {
        spec for spec in TOPICS if spec.name.endswith(".RESPONSE") and spec not in WITHOUT_FACTS
    }


async def test_a_message_is_kept_for_the_search_under_its_room_and_seq(rig: Rig) -> None:
    await rig.process([said(1), said(2)])
    assert rig.kept(MESSAGES) == {f"{ROOM}:1", f"{ROOM}:2"}


async def test_a_record_that_comes_again_changes_nothing(rig: Rig) -> None:
    await rig.process([said(1), said(2)])
    before = dict(rig.store.kept)
    await rig.process([said(2), said(1), said(2)])
    assert rig.store.kept == before


async def test_only_what_the_store_did_not_take_is_sent_again(rig: Rig) -> None:
    batch = [said(1), said(2), said(3)]
    rig.store.busy = {f"{ROOM}:2"}
    with pytest.raises(TransientFailure, match="1 documents wait: busy"):
        await rig.process(batch)
    await rig.process(batch)
    assert rig.store.writes[1] == [f"{ROOM}:2"]
    assert len(rig.kept(MESSAGES)) == 3


async def test_another_batch_does_not_inherit_what_waited(rig: Rig) -> None:
    rig.store.busy = {f"{ROOM}:1"}
    with pytest.raises(TransientFailure):
        await rig.process([said(1)])
    await rig.process([said(2)])
    assert rig.kept(MESSAGES) == {f"{ROOM}:2"}


async def test_a_store_that_is_away_loses_nothing(rig: Rig) -> None:
    batch = [said(1), said(2)]
    rig.store.away = True
    for _ in range(3):
        with pytest.raises(TransientFailure, match="away"):
            await rig.process(batch)
    rig.store.away = False
    await rig.process(batch)
    assert len(rig.kept(MESSAGES)) == len(rig.kept(EVENTS)) == 2


async def test_a_record_that_cannot_be_read_is_dead_lettered_and_the_rest_is_kept(
    rig: Rig,
) -> None:
    broken = event(MESSAGE.response, b"{nonsense", 7)
    await rig.process([said(1), broken, said(2)])
    assert len(rig.kept(MESSAGES)) == 2
    ((topic, key, value, partition),) = rig.producer.sent
    (headers,) = rig.producer.headers
    assert (topic, key, value, partition) == (
        MESSAGE.dlq.name,
        ROOM.encode(),
        b"{nonsense",
        3,
    )
    assert dict(headers)["offset"] == b"7"
    assert dict(headers)["reason"]


async def test_a_fact_without_a_good_time_is_dead_lettered(rig: Rig) -> None:
    await rig.process([said(1, at="yesterday"), said(2)])
    assert rig.kept(MESSAGES) == {f"{ROOM}:2"}
    assert [sent[2] for sent in rig.producer.sent] == [records.encode(stored(1, "yesterday"))]


def dead_letters(reason: str) -> float:
    """How many of the messages' topic are counted."""
    return sample("dead_letters_total", topic=MESSAGE.response.name, reason=reason)


async def test_a_document_the_store_refuses_is_dead_lettered_once(rig: Rig) -> None:
    rig.store.refused = {f"{ROOM}:1", f"{MESSAGE.response.name}:3:1"}
    before = dead_letters("store")
    await rig.process([said(1), said(2)])
    assert dead_letters("store") == before + 1
    assert rig.kept(MESSAGES) == {f"{ROOM}:2"}
    assert [headers[0] for headers in rig.producer.headers] == [("reason", b"bad")]


async def test_a_dead_letter_that_kafka_did_not_take_is_sent_again(rig: Rig) -> None:
    batch = [event(MESSAGE.response, b"{nonsense"), said(1)]
    before = dead_letters("unreadable")
    rig.producer.away = TimeoutError()
    with pytest.raises(TransientFailure):
        await rig.process(batch)
    assert dead_letters("unreadable") == before
    rig.producer.away = None
    await rig.process(batch)
    assert dead_letters("unreadable") == before + 1
    assert len(rig.producer.sent) == 1
    assert len(rig.store.writes) == 1
