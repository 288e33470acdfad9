"""What a dead letter says: the headers beside the bytes of a record that could not be processed.

Key and value of a dead letter are those of the record, byte by byte; where and why it failed is in
the headers. `reason`, `topic`, `partition` and `offset` are in every one; letters of older programs
have no more, and stay readable. Every function is total: a header that is missing or malformed is
None in what is read, and raises nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chatstream.domain.tracing import TRACEPARENT, HeaderPair, header, parse

REASON, KIND = "reason", "kind"
TOPIC, PARTITION, OFFSET = "topic", "partition", "offset"
SERVICE, READER = "service", "reader"
TOOK_AT = "recordedAt"
NOTHING = "absent"
"""Names `key`, `value` or both, joined by a comma: the record had none, not an empty one."""
REPLAY_OF = "replayOf"
"""The dead letter whose replay has failed here."""
OWN = "header."
"""Before the name of each header that the record had itself, in their order."""

LETTER = "deadLetter"
"""The header of a record that is put back: the id of its dead letter."""
REPLAY = "replay"
"""The header of a record that is put back: the `event_id` of what tells that it was."""

_NUMBER = re.compile(rb"[0-9]{1,18}")
_ID = re.compile(
    r"(?P<topic>[a-zA-Z0-9._-]{1,200}):(?P<partition>[0-9]{1,9}):(?P<offset>[0-9]{1,18})"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record lies."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        """As it is named: `<topic>:<partition>:<offset>`; of a dead letter its id."""
        return f"{self.topic}:{self.partition}:{self.offset}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a record is dead-lettered, and by whom; `reason` may quote it, `kind` never does."""

    reason: str
    kind: str
    service: str = ""
    reader: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A record as it was before it failed."""

    key: bytes | None
    value: bytes | None
    headers: tuple[HeaderPair, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A dead letter without the record's bytes; `at` is when it was made, milliseconds since 1970.

    `source` is where the record lay, None when the headers do not say. `reader` is the agent that
    failed, of `service`; None in letters of older programs. `key` is the record's.
    """

    place: Place
    at: int
    source: Place | None
    key: bytes | None
    size: int
    kind: str | None
    reason: str
    service: str | None
    reader: str | None
    trace_id: str | None
    replay_of: str | None

    @property
    def id(self) -> str:
        """`<DLQ topic>:<partition>:<offset>`."""
        return str(self.place)


def place_of(letter_id: str) -> Place | None:
    """The place that an id names; None when it is no id."""
    found = _ID.fullmatch(letter_id)
    if found is None:
        return None
    return Place(found["topic"], int(found["partition"]), int(found["offset"]))


def letter_headers(
    source: Place, failure: Failure, original: Original, at: float | None
) -> tuple[HeaderPair, ...]:
    """The headers of the dead letter of a record; `at` is the record's time in seconds, if known.

    What a replay had put on the record is not the record's own: only `replayOf` names it.
    """
    own = [(name, value) for name, value in original.headers if name not in (LETTER, REPLAY)]
    replayed = header(original.headers, LETTER)
    absent = [name for name in ("key", "value") if getattr(original, name) is None]
    told = {
        REASON: failure.reason,
        KIND: failure.kind,
        TOPIC: source.topic,
        PARTITION: str(source.partition),
        OFFSET: str(source.offset),
        SERVICE: failure.service,
        READER: failure.reader,
        TOOK_AT: "" if at is None or at < 0 else str(round(at * 1000)),
        NOTHING: ",".join(absent),
    }
    always = (REASON, KIND, TOPIC, PARTITION, OFFSET)
    pairs = [(name, text.encode()) for name, text in told.items() if text or name in always]
    if replayed is not None:
        pairs.append((REPLAY_OF, replayed))
    return (*pairs, *((OWN + name, value) for name, value in own))


def letter_of(
    place: Place, at: int, key: bytes | None, size: int, headers: Sequence[HeaderPair]
) -> DeadLetter:
    """The dead letter that lies at a place."""
    return DeadLetter(
        place=place,
        at=at,
        source=source_of(headers),
        key=None if "key" in _absent(headers) else key,
        size=size,
        kind=_text(headers, KIND),
        reason=_text(headers, REASON) or "",
        service=_text(headers, SERVICE),
        reader=_text(headers, READER),
        trace_id=parse(header(headers, TRACEPARENT)),
        replay_of=_text(headers, REPLAY_OF),
    )


def source_of(headers: Sequence[HeaderPair]) -> Place | None:
    """Where the record lay, by the headers of its letter; a fact read from Postgres had no offset.

    Its offset is -1.
    """
    topic, partition = _text(headers, TOPIC), header(headers, PARTITION)
    offset = header(headers, OFFSET)
    if not topic or partition is None or not _NUMBER.fullmatch(partition):
        return None
    is_known = offset is not None and _NUMBER.fullmatch(offset)
    return Place(topic, int(partition), int(offset or b"") if is_known else -1)


def original_of(key: bytes | None, value: bytes | None, headers: Sequence[HeaderPair]) -> Original:
    """The record that a dead letter keeps, as it was.

    Of a letter of an older program its trace is the one header that is known.
    """
    absent = _absent(headers)
    own = [(name[len(OWN) :], each) for name, each in headers if name.startswith(OWN)]
    if header(headers, KIND) is None:
        own = [(name, each) for name, each in headers if name == TRACEPARENT]
    return Original(
        key=None if "key" in absent else key,
        value=None if "value" in absent else value,
        headers=tuple(own),
    )


def _absent(headers: Iterable[HeaderPair]) -> Sequence[str]:
    return (_text(headers, NOTHING) or "").split(",")


def _text(headers: Iterable[HeaderPair], name: str) -> str | None:
    value = header(headers, name)
    return None if value is None else value.decode(errors="replace")
