"""What the log service keeps of what happened: one event for analysts of each record that it keeps.

Events hold account ids only, no names and no text: they are append-only, and so nothing that may
have to be erased can be in them. They are written once, so of a record that comes again the first
event stays. How that is known of each kind of record: ADR 0055.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from chatstream.domain.documents import ECS_VERSION, EVENTS, Document, index_of
from chatstream.domain.times import text_of

DATASET = "chatstream.events"
SUCCESS, FAILURE = "success", "failure"

_NANOSECONDS = 1_000_000
_EMPTY: tuple[object, ...] = (None, [], {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a record lies, and how it came; all times are milliseconds since 1970.

    `offset` and `told` are None of a fact that was read back from Postgres. `asked`: when a front
    took the wish that it answers, `wished`: when that was on Kafka, `told`: when this record was.
    What is not known is None.
    """

    topic: str
    partition: int
    offset: int | None = None
    trace_id: str | None = None
    asked: int | None = None
    wished: int | None = None
    told: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a record tells, as the log keeps it; what does not apply is None.

    `action` is the record's type, with `category` and `types` of the Elastic Common Schema; `at`
    its stored time, `account_id` who did it, `target_id` to whom, `service` which one carried it
    out. A refusal is a `failure` with the `code` of its error.

    It is known by `fact_no`, else by `event_id`, else by the values of `known_by`.
    """

    action: str
    category: tuple[str, ...]
    types: tuple[str, ...]
    at: str
    account_id: str | None = None
    service: str | None = None
    outcome: str = SUCCESS
    code: str | None = None
    reason: str | None = None
    fact_no: int | None = None
    event_id: str | None = None
    known_by: tuple[object, ...] = ()
    target_id: str | None = None
    room_id: str | None = None
    room_kind: str | None = None
    member_count: int | None = None
    access_version: int | None = None
    message_id: str | None = None
    seq: int | None = None
    length: int | None = None
    saga_id: str | None = None
    saga_step: str | None = None
    saga_attempt: int | None = None
    dead_letter_id: str | None = None
    look_page: str | None = None
    look_filters: tuple[str, ...] = ()


def event_document(origin: Origin, change: Change, ingested: int) -> Document:
    """The event of a record, which the log service came to at `ingested` (milliseconds)."""
    identity = event_id(origin, change)
    told = _text(origin.told)
    user = _present(id=change.account_id)
    if change.target_id is not None:
        user["target"] = {"id": change.target_id}
    body = _present(
        ecs={"version": ECS_VERSION},
        event=_event(origin, change, identity, told) | {"ingested": _text(ingested)},
        service=_present(name=change.service),
        trace=_present(id=origin.trace_id),
        error=_present(code=change.code),
        user=user,
        chatstream=_own(origin, change, told),
    )
    body["@timestamp"] = change.at
    return Document(index_of(EVENTS, _month(origin, change)), identity, body)


def _event(origin: Origin, change: Change, identity: str, told: str | None) -> dict[str, object]:
    return _present(
        id=identity,
        kind="event",
        module="chatstream",
        dataset=DATASET,
        action=change.action,
        category=list(change.category),
        type=list(change.types),
        outcome=change.outcome,
        reason=change.reason,
        sequence=change.fact_no,
        created=told,
        duration=_duration(origin),
    )


def _own(origin: Origin, change: Change, told: str | None) -> dict[str, object]:
    """What the Elastic Common Schema has no name for."""
    return _present(
        topic=origin.topic,
        partition=origin.partition,
        offset=origin.offset,
        way=_present(asked=_text(origin.asked), wished=_text(origin.wished), told=told),
        room=_present(
            id=change.room_id,
            kind=change.room_kind,
            member_count=change.member_count,
            access_version=change.access_version,
        ),
        message=_present(id=change.message_id, seq=change.seq, length=change.length),
        saga=_present(id=change.saga_id, step=change.saga_step, attempt=change.saga_attempt),
        dead_letter=_present(id=change.dead_letter_id),
        look=_present(page=change.look_page, filters=list(change.look_filters)),
    )


def event_id(origin: Origin, change: Change) -> str:
    """By what the event is known, so that its record adds nothing when it comes again."""
    if change.fact_no is not None:
        return f"{origin.topic}:{origin.partition}:{change.fact_no}"
    if change.event_id is not None:
        return change.event_id
    # The same wish may be asked again and refused again: when it was asked tells the two apart.
    asked = () if change.code is None else (_asked(origin, change), change.code)
    parts = json.dumps([origin.topic, *change.known_by, *asked])
    return sha256(parts.encode()).hexdigest()[:32]


def _asked(origin: Origin, change: Change) -> str:
    """When a wish was on Kafka; where that is not known, when it was refused."""
    return _text(origin.wished) or change.at


def _month(origin: Origin, change: Change) -> str:
    """The time whose month the event lies in: one that is the same when the record is made again.

    What has no number may be carried out again, and told with another `at`; its wish stays.
    """
    if change.fact_no is None and change.event_id is None:
        return _asked(origin, change)
    return change.at


def _duration(origin: Origin) -> int | None:
    """From asked, or else wished, to told, in nanoseconds; clocks that differ give none."""
    began = origin.wished if origin.asked is None else origin.asked
    if began is None or origin.told is None or origin.told < began:
        return None
    return (origin.told - began) * _NANOSECONDS


@lru_cache(maxsize=1_000)
def _text(milliseconds: int | None) -> str | None:
    if milliseconds is None:
        return None
    return text_of(milliseconds / 1000)


def _present(**values: object) -> dict[str, object]:
    """The values without those that are empty; 0 is none of them."""
    return {name: value for name, value in values.items() if value not in _EMPTY}
