"""What becomes of a record in the log."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.event_documents import Change, Origin, event_document, event_id
from chatstream.domain.times import to_text

NOON = 1_795_262_400_000
TIMES = st.integers(946_684_800_000, 4_102_444_799_999).map(
    lambda milliseconds: to_text(datetime.fromtimestamp(milliseconds / 1000, UTC))
)
NUMBERS = st.integers(1, 2**53)
TEXTS = st.text(max_size=50)
ORIGINS = st.builds(
    Origin,
    topic=st.sampled_from(["a.RESPONSE", "b.RESPONSE"]),
    partition=st.integers(0, 255),
    offset=st.none() | NUMBERS,
    wished=st.none() | st.integers(0, 10**13 - 1),
    told=st.none() | st.integers(0, 10**13 - 1),
)
CHANGES = st.builds(
    Change,
    action=st.sampled_from(["messageStored", "roomCreated", "memberJoined", "accountCreated"]),
    category=st.just(("iam",)),
    types=st.just(("creation",)),
    at=TIMES,
    account_id=TEXTS,
    target_id=st.none() | TEXTS,
    room_id=st.none() | TEXTS,
    member_count=st.none() | NUMBERS,
    fact_no=NUMBERS,
)
KNOWN_BY = st.lists(TEXTS, min_size=1, max_size=3).map(tuple)


@given(origin=ORIGINS, change=CHANGES)
def test_the_same_record_gives_the_same_event(origin: Origin, change: Change) -> None:
    assert event_document(origin, change, NOON) == event_document(origin, change, NOON)


@given(first=ORIGINS, second=ORIGINS, change=CHANGES)
def test_events_of_two_facts_never_share_an_id(
    first: Origin, second: Origin, change: Change
) -> None:
    same = event_id(first, change) == event_id(second, change)
    assert same == ((first.topic, first.partition) == (second.topic, second.partition))


@given(origin=ORIGINS, change=CHANGES, first=KNOWN_BY, second=KNOWN_BY)
def test_events_that_are_known_by_other_values_never_share_an_id(
    origin: Origin, change: Change, first: tuple[str, ...], second: tuple[str, ...]
) -> None:
    """However the values are cut: `a`, `bc` are not `ab`, `c`."""
    bare = replace(change, fact_no=None)
    ids = [event_id(origin, replace(bare, known_by=each)) for each in (first, second)]
    assert (ids[0] == ids[1]) == (first == second)


@given(first=ORIGINS, second=ORIGINS, change=CHANGES)
def test_a_fact_lies_in_the_month_of_its_stored_time_however_it_came(
    first: Origin, second: Origin, change: Change
) -> None:
    found = [event_document(each, change, NOON).index for each in (first, second)]
    assert found[0] == found[1] == f"chatstream-events-{change.at[:7].replace('-', '.')}"


@pytest.mark.parametrize(
    ("asked", "wished", "told", "milliseconds"),
    [
        pytest.param(NOON, NOON + 3, NOON + 10, 10, id="from asked"),
        pytest.param(None, NOON + 3, NOON + 10, 7, id="from wished"),
        pytest.param(None, None, NOON, None, id="nothing to begin with"),
        pytest.param(NOON, NOON, None, None, id="not told"),
        pytest.param(NOON + 1, None, NOON, None, id="clocks that differ"),
    ],
)
def test_how_long_it_took_is_from_asked_to_told(
    asked: int | None, wished: int | None, told: int | None, milliseconds: int | None
) -> None:
    origin = Origin(topic="t", partition=0, asked=asked, wished=wished, told=told)
    change = Change(action="x", category=(), types=(), at="2026-11-21T12:00:00.000Z", fact_no=1)
    event = event_document(origin, change, NOON).body["event"]
    assert isinstance(event, dict)
    expected = None if milliseconds is None else milliseconds * 1_000_000
    assert event.get("duration") == expected


def test_an_event_of_a_message_has_its_length_and_not_its_text() -> None:
    change = Change(
        action="messageStored",
        category=(),
        types=("creation",),
        service="chat",
        at="2026-11-21T12:00:00.000Z",
        account_id="account",
        room_id="room",
        room_kind="group",
        access_version=3,
        message_id="message",
        seq=7,
        length=5,
        fact_no=42,
    )
    origin = Origin(
        topic="kakao.chat.chatMessage.RESPONSE",
        partition=3,
        offset=99,
        trace_id="4bf92f3577b34da6a3ce929d0e0e4736",
        asked=NOON - 20,
        wished=NOON - 10,
        told=NOON + 5,
    )
    document = event_document(origin, change, NOON + 90)
    assert document.version is None
    assert document.id == "kakao.chat.chatMessage.RESPONSE:3:42"
    assert document.body == {
        "@timestamp": "2026-11-21T12:00:00.000Z",
        "ecs": {"version": "8.11.0"},
        "event": {
            "id": "kakao.chat.chatMessage.RESPONSE:3:42",
            "kind": "event",
            "module": "chatstream",
            "dataset": "chatstream.events",
            "action": "messageStored",
            "type": ["creation"],
            "outcome": "success",
            "sequence": 42,
            "created": "2026-11-21T12:00:00.005Z",
            "ingested": "2026-11-21T12:00:00.090Z",
            "duration": 25_000_000,
        },
        "service": {"name": "chat"},
        "trace": {"id": "4bf92f3577b34da6a3ce929d0e0e4736"},
        "user": {"id": "account"},
        "chatstream": {
            "topic": "kakao.chat.chatMessage.RESPONSE",
            "partition": 3,
            "offset": 99,
            "way": {
                "asked": "2026-11-21T11:59:59.980Z",
                "wished": "2026-11-21T11:59:59.990Z",
                "told": "2026-11-21T12:00:00.005Z",
            },
            "room": {"id": "room", "kind": "group", "access_version": 3},
            "message": {"id": "message", "seq": 7, "length": 5},
        },
    }
