"""What the log service makes of every type of record: kept or not, known again, without texts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest

from agents.log_documents import SOURCES, Documents, origin_of
from chatstream.domain.abuse.verdicts import Reason
from chatstream.domain.documents import Document
from chatstream.domain.event_documents import Origin
from schemas import records
from schemas.actions import IAM, action
from schemas.catalogue import CONTEXTS, DLQ_OF, STREAMS
from schemas.contexts.accounts import ACCOUNT, SESSION
from schemas.contexts.conduct import SANCTION
from schemas.contexts.contents import TOO_OFTEN
from schemas.contexts.log import LOOK
from schemas.contexts.messages import MESSAGE
from schemas.contexts.rooms import ERASURE, ROOM
from schemas.records.base import EventRecord, FactRecord, Record
from schemas.streams import Kind, TopicSpec

AT = "2026-11-21T12:00:00.000Z"
NOON = 1_795_262_400_000
IDS = {"account_id", "target_id", "room_id", "message_id", "saga_id", "lifted_by"}
OUR_WORDS = {"step", "code"}

KEPT = {each.record: each for context in CONTEXTS for each in context.kept}
UNKEPT = {record: why for context in CONTEXTS for record, why in context.unkept.items()}
RESPONSES = {
    record: each.response
    for each in STREAMS
    if Kind.RESPONSE in each.topics
    for record in each.response.records
}


class Spaces:
    """A Tokenizer by spaces."""

    def count(self, text: str) -> Mapping[str, int]:
        return Counter(text.split())


def filled(record: Any) -> Any:
    """A record with something in every field: texts say which, so that they are found again."""
    hints = get_type_hints(record)
    names = [name for name in record.__struct_fields__ if name != "schema_version"]
    return record(**{name: _value(name, hints[name]) for name in names})


def _value(name: str, kind: Any) -> Any:
    if get_origin(kind) is Literal:
        return get_args(kind)[0]
    if get_origin(kind) is tuple:
        return (_value(name, get_args(kind)[0]),)
    if get_origin(kind) is dict:
        return {}
    if args := [each for each in get_args(kind) if each is not type(None)]:
        return _value(name, args[0])
    if kind is str:
        return AT if name.endswith(("at", "since", "until")) else f"<{name}>"
    if kind in (int, bool):
        return kind(5)
    return filled(kind)


def made(topic: TopicSpec, record: Record, **origin: Any) -> tuple[Document, ...]:
    place = {"topic": topic.name, "partition": 3, "offset": 17, **origin}
    return tuple(Documents(Spaces()).of(Origin(**place), records.encode(record), NOON + 90))


def event_of(topic: TopicSpec, record: Record, **origin: Any) -> Document:
    return made(topic, record, **origin)[0]


def texts(body: Any) -> Iterator[str]:
    if isinstance(body, Mapping):
        for value in body.values():
            yield from texts(value)
    elif isinstance(body, (list, tuple)):
        for value in body:
            yield from texts(value)
    elif isinstance(body, str):
        yield body


# -- what is kept ----------------------------------------------------------------------------


def test_every_type_of_every_response_is_kept_or_has_a_reason_not_to_be() -> None:
    for record, topic in RESPONSES.items():
        kept, why = record in KEPT, UNKEPT.get(record, "")
        assert kept != bool(why), f"{topic.name}: {record.__name__}: kept {kept}, unkept {why!r}"
    assert UNKEPT.keys() <= RESPONSES.keys()


def test_every_fact_is_kept_and_every_refusal_is_a_failure_with_its_code() -> None:
    for record, topic in RESPONSES.items():
        if "fact_no" in record.__struct_fields__ or issubclass(record, FactRecord):
            assert record in KEPT or UNKEPT[record] == TOO_OFTEN
        elif record.__name__.endswith("Refused"):
            body: Any = event_of(topic, filled(record)).body
            assert (body["event"]["outcome"], body["error"]["code"]) == ("failure", "<code>")
            assert body["event"]["type"] == ["denied"]


def test_every_topic_with_something_kept_is_read_and_has_dead_letters() -> None:
    assert set(SOURCES) >= {RESPONSES[record] for record in KEPT if record in RESPONSES}
    assert {source.name for source in SOURCES} <= DLQ_OF.keys()


@pytest.mark.parametrize("record", RESPONSES, ids=lambda record: record.__name__)
def test_a_record_becomes_one_event_of_its_service_without_names_and_texts(
    record: type[Record],
) -> None:
    found = made(RESPONSES[record], filled(record))
    if record in UNKEPT:
        assert found == ()
        return
    body: Any = found[0].body
    assert body["event"]["action"] == record.__struct_config__.tag
    assert body["service"] == {"name": KEPT[record].service}
    own = {each.strip("<>") for each in texts(body) if each.startswith("<")}
    assert own <= IDS | OUR_WORDS
    is_nobodys = record is records.CampaignSoldOut
    assert is_nobodys or "account_id" in own or body["user"]["id"] == "<lifted_by>"


def test_what_one_saves_is_ones_own() -> None:
    refused = event_of(RESPONSES[records.SaveRefused], filled(records.SaveRefused))
    assert not any("message_id" in each or "room_id" in each for each in texts(refused.body))


def test_an_event_has_the_class_of_its_action_and_only_what_is_named() -> None:
    body: Any = event_of(ROOM.response, filled(records.MemberJoined)).body
    assert (body["event"]["category"], body["event"]["type"]) == (["iam"], ["group", "change"])
    assert body["user"] == {"id": "<account_id>", "target": {"id": "<account_id>"}}
    assert body["chatstream"]["room"] == {"id": "<room_id>", "member_count": 5, "access_version": 5}
    assert "message" not in body["chatstream"]


def test_an_action_that_names_no_field_is_a_fault_of_the_program() -> None:
    with pytest.raises(TypeError, match="RoomDeleted and events have no seq, ttl"):
        action(records.RoomDeleted, IAM, ("group",), "seq", "room_id", ttl="room_id")


def test_an_action_that_nothing_tells_from_its_repeat_is_a_fault_of_the_program() -> None:
    with pytest.raises(TypeError, match="SessionRevoked has neither fact_no nor event_id"):
        action(records.SessionRevoked, IAM, (), at="revoked_at")


def test_a_message_has_its_words_and_the_kind_of_its_room() -> None:
    said = msgspec.structs.replace(filled(records.MessageStored), message="와 와 go")
    _, document = made(MESSAGE.response, said)
    place: Any = document.body["chatstream"]
    assert place["message"]["words"] == ["와", "go"]
    assert place["room"] == {"id": "<room_id>", "kind": "open"}
    _, gone = made(MESSAGE.response, filled(records.MessageDeleted))
    assert "words" not in gone.body["chatstream"]["message"]  # type: ignore[index]


# -- known again -----------------------------------------------------------------------------


def test_a_fact_is_known_by_its_number() -> None:
    document = event_of(ACCOUNT.response, filled(records.AccountCreated))
    assert document.id == f"{ACCOUNT.response.name}:3:5"
    assert document.body["event"]["sequence"] == 5  # type: ignore[index]


REFUSED = msgspec.structs.replace(filled(records.MessageRefused), code="MESSAGE_REFUSED")


def test_a_wish_that_is_refused_again_after_a_crash_is_one_event_also_after_midnight() -> None:
    again = msgspec.structs.replace(REFUSED, at="2026-12-01T00:00:01.000Z")
    wished = NOON + 9 * 86_400_000
    first, second = (event_of(MESSAGE.response, each, wished=wished) for each in (REFUSED, again))
    assert (first.index, first.id) == (second.index, second.id)
    assert first.index.endswith("2026.11")


@pytest.mark.parametrize(
    ("changes", "wished"),
    [
        ({}, NOON + 1),
        ({"code": "NOT_A_MEMBER"}, NOON),
        ({"account_id": "another"}, NOON),
        ({"room_id": "another"}, NOON),
        ({"message_id": "another"}, NOON),
    ],
)
def test_another_wish_that_is_refused_is_another_event(
    changes: dict[str, str], wished: int
) -> None:
    other = msgspec.structs.replace(REFUSED, **changes)
    first = event_of(MESSAGE.response, REFUSED, wished=NOON)
    assert first.id != event_of(MESSAGE.response, other, wished=wished).id


def test_without_the_time_of_its_wish_a_refusal_is_known_by_its_own() -> None:
    later = msgspec.structs.replace(REFUSED, at="2026-11-21T12:00:01.000Z")
    ids = [event_of(MESSAGE.response, each).id for each in (REFUSED, REFUSED, later)]
    assert ids[0] == ids[1] != ids[2]


def test_a_login_ends_once_and_its_id_is_not_kept() -> None:
    document = event_of(SESSION.response, filled(records.SessionRevoked))
    other = msgspec.structs.replace(filled(records.SessionRevoked), sid="another")
    assert document.id != event_of(SESSION.response, other).id
    assert "sid" not in json.dumps(document.body)
    assert document.body["service"] == {"name": "front-auth"}


def test_an_attempt_of_a_step_is_one_event_for_each_end_it_came_to() -> None:
    report = filled(ERASURE.report)
    failed = msgspec.structs.replace(report, done=False)
    late = msgspec.structs.replace(report, at="2026-11-22T12:00:00.000Z")
    done, lost, again = (event_of(ERASURE.response, each) for each in (report, failed, late))
    assert done.id == again.id != lost.id
    assert done.body["chatstream"]["saga"] == {  # type: ignore[index]
        "id": "<saga_id>",
        "step": "<step>",
        "attempt": 5,
    }
    outcomes = [each.body["event"]["outcome"] for each in (done, lost)]  # type: ignore[index]
    assert outcomes == ["success", "failure"]


class Looked(msgspec.Struct, frozen=True, kw_only=True, tag="looked"):
    """As an EventRecord is; one of them would have to be on a topic."""

    event_id: str
    at: str
    account_id: str
    page: str


def test_a_record_with_an_event_id_is_known_by_it() -> None:
    assert {"event_id", "at"} < set(EventRecord.__struct_fields__)
    looked: Any = Looked(event_id="<event_id>", at=AT, account_id="a", page="/ops/log")
    change = action(type(looked), IAM, ("access",), look_page="page").change(looked)
    assert (change.event_id, change.at, change.account_id) == ("<event_id>", AT, "a")
    assert (change.look_page, change.fact_no) == ("/ops/log", None)


# -- reasons ---------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", Reason)
def test_the_rule_that_refused_a_message_is_kept(rule: Reason) -> None:
    refused = msgspec.structs.replace(REFUSED, reason=str(rule))
    assert event_of(MESSAGE.response, refused).body["event"]["reason"] == str(rule)  # type: ignore[index]


def test_a_sentence_of_a_refusal_is_not_kept() -> None:
    refused = msgspec.structs.replace(REFUSED, reason="'비밀' is not a word")
    assert "reason" not in event_of(MESSAGE.response, refused).body["event"]  # type: ignore[operator]
    imposed = msgspec.structs.replace(filled(records.SanctionImposed), reason="rate")
    assert event_of(SANCTION.response, imposed).body["event"]["reason"] == "rate"  # type: ignore[index]


# -- how a record came -----------------------------------------------------------------------

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACED = f"00-{TRACE}-00f067aa0ba902b7-01".encode()


def came(headers: Any, timestamp: float | None = NOON / 1000, offset: int = 17) -> Origin:
    message = SimpleNamespace(
        topic="t", partition=3, offset=offset, timestamp=timestamp, headers=headers
    )
    event: Any = SimpleNamespace(message=message)
    return origin_of(event)


def test_headers_tell_the_trace_and_when_the_wish_was_on_kafka() -> None:
    origin = came(
        [("traceparent", TRACED), ("asked", b"1795262399985"), ("wished", b"1795262399990")]
    )
    assert (origin.trace_id, origin.told) == (TRACE, NOON)
    assert (origin.asked, origin.wished) == (NOON - 15, NOON - 10)
    assert (origin.topic, origin.partition, origin.offset) == ("t", 3, 17)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(None, id="none"),
        pytest.param([("traceparent", b""), ("wished", b"")], id="empty"),
        pytest.param([("traceparent", TRACED.upper()), ("wished", b"1e9")], id="other letters"),
        pytest.param([("traceparent", b"ff" + TRACED[2:]), ("wished", b"-1")], id="version ff"),
        pytest.param([("traceparent", b"\xff\xfe"), ("wished", "１２".encode())], id="bytes"),
        pytest.param(
            [("traceparent", TRACED.replace(TRACE.encode(), b"0" * 32)), ("wished", b"9" * 14)],
            id="zeros, and a year that is none",
        ),
    ],
)
def test_what_headers_say_badly_is_not_known(headers: Any) -> None:
    origin = came(headers)
    assert (origin.trace_id, origin.wished) == (None, None)


def test_a_fact_from_postgres_has_no_offset_and_was_told_at_no_known_time() -> None:
    origin = came([], timestamp=None, offset=-1)
    assert (origin.offset, origin.told) == (None, None)


def test_a_time_of_a_broken_clock_is_not_known() -> None:
    assert came([], timestamp=-0.001).told is None
    assert came([], timestamp=float(10**13)).told is None


def test_the_way_of_a_record_is_kept_with_its_times() -> None:
    origin = {"trace_id": TRACE, "wished": NOON - 10, "told": NOON + 5}
    body: Any = event_of(ROOM.response, filled(records.RoomDeleted), **origin).body
    assert body["trace"] == {"id": TRACE}
    assert body["chatstream"]["offset"] == 17
    assert body["chatstream"]["way"] == {
        "wished": "2026-11-21T11:59:59.990Z",
        "told": "2026-11-21T12:00:00.005Z",
    }
    assert body["event"]["created"] == "2026-11-21T12:00:00.005Z"
    assert body["event"]["ingested"] == "2026-11-21T12:00:00.090Z"
    assert body["event"]["duration"] == 15_000_000


def test_a_look_of_an_operator_is_a_document_known_by_its_event_id() -> None:
    look = records.OperatorLooked(
        event_id="0190a0f0-0000-7000-8000-00000000000a",
        account_id="0190a0f0-0000-7000-8000-00000000000b",
        page="log",
        filters={"service.name": "chat", "q": "*"},
        at=AT,
    )
    (document,) = Documents(Spaces()).of(
        Origin(topic=LOOK.event.name, partition=1, offset=2), records.encode(look), NOON
    )
    body: Any = document.body
    assert (document.id, body["event"]["action"]) == (look.event_id, "operatorLooked")
    assert (body["user"]["id"], body["event"]["category"]) == (look.account_id, ["web"])
    assert body["chatstream"]["look"] == {
        "page": "log",
        "filters": ["q=*", "service.name=chat"],
    }
