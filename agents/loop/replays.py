"""Records of dead letters that come again: to one reader, as the record that had failed.

A wish comes again on its own REQUEST topic, which one agent reads. What others have handled long
ago (a fact, an event, a line) must not come to them again: it lies on the replay topic, which every
agent reads beside its own topics, and takes what names it. Either way what became of it is told
before the record is acknowledged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from faust.types import EventT

from agents.loop.recall import PlacedMessage
from chatstream.domain.dead_letters import LETTER, READER, REPLAY, original_of, source_of
from chatstream.domain.letter_states import ReplayOutcome
from chatstream.domain.times import now_text
from chatstream.domain.tracing import HeaderPair, header
from infra.kafka.letter_events import letter_event
from infra.kafka.producer import Outgoing
from schemas import records
from schemas.contexts.log import REPLAY as REPLAYS
from schemas.streams import Kind

REPLAY_TOPIC = REPLAYS.event.name


@dataclass(slots=True)
class Replay:
    """A replay under way: the letter, what told of it, and what has become of it so far."""

    letter_id: str
    replay_id: str
    outcome: ReplayOutcome = ReplayOutcome.DONE
    code: str | None = None

    def refused(self, code: str) -> None:
        """The wish was refused; unless the record is a dead letter, which says more."""
        if self.outcome is ReplayOutcome.DONE:
            self.outcome, self.code = ReplayOutcome.REFUSED, code

    def failed(self) -> None:
        """The record is a dead letter again."""
        self.outcome, self.code = ReplayOutcome.DEAD_LETTERED, None


class ReplayedEvent:
    """A record that comes again, in the place of the event by which it came."""

    def __init__(self, taken: EventT, message: Any, replay: Replay) -> None:
        self.taken = taken
        self.message = message
        self.value = message.value
        self.headers = message.headers
        self.replay = replay

    def ack(self) -> bool:
        """Acknowledge the record by which it came."""
        return bool(self.taken.ack())


def replay_of(event: Any) -> Replay | None:
    """The replay that an event is; None of any other."""
    return event.replay if isinstance(event, ReplayedEvent) else None


def taken_of(event: Any) -> EventT:
    """The event as Faust gave it, by which records are held and acknowledged."""
    return event.taken if isinstance(event, ReplayedEvent) else event


def is_for_other(event: Any) -> bool:
    """Whether it lies on the replay topic and was not taken as this agent's: `as_replayed`."""
    return not isinstance(event, ReplayedEvent) and event.message.topic == REPLAY_TOPIC


def as_replayed(event: EventT, agent: str) -> Any:
    """The event as this agent is to handle it: itself, or what comes again to it."""
    message = event.message
    letter = header(message.headers, LETTER)
    replay = None if letter is None else header(message.headers, REPLAY)
    if letter is None or replay is None:
        return event
    known = Replay(letter.decode(errors="replace"), replay.decode(errors="replace"))
    if message.topic != REPLAY_TOPIC:
        return ReplayedEvent(event, message, known)
    found = pairs_of(message.headers)
    source = source_of(found)
    if source is None or header(found, READER) != agent.encode():
        return event
    original = original_of(message.key, event.value, found)
    put_back = PlacedMessage(
        topic=source.topic,
        partition=source.partition,
        offset=source.offset,
        key=original.key,
        value=original.value,
        generation_id=message.generation_id,
        timestamp=message.timestamp,
        headers=[*original.headers, (LETTER, letter), (REPLAY, replay)],
    )
    return ReplayedEvent(event, put_back, known)


def pairs_of(headers: Mapping[str, bytes] | Iterable[HeaderPair] | None) -> Sequence[HeaderPair]:
    """A record's headers in their order."""
    if not headers:
        return ()
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return tuple((name, value or b"") for name, value in pairs)


def comes_apart(topic: str) -> bool:
    """Whether what comes again of a topic comes on that of replays, since several readers have it.

    A wish has one reader. Of a dead letter none is made.
    """
    return not topic.endswith((f".{Kind.REQUEST}", f".{Kind.DLQ}"))


def settled(replays: Iterable[Replay], partitions: int) -> list[Outgoing]:
    """What is told of replays that are done; told again it has the same ids."""
    return [_settled(each, partitions) for each in replays if _is_id(each)]


def _settled(replay: Replay, partitions: int) -> Outgoing:
    record = records.DeadLetterSettled(
        event_id=outcome_id(replay.replay_id),
        at=now_text(),
        dead_letter_id=replay.letter_id,
        replay_id=replay.replay_id,
        outcome=str(replay.outcome),  # type: ignore[arg-type]  # never unknown
        code=replay.code,
    )
    return letter_event(record, partitions)


def outcome_id(replay_id: str) -> str:
    """The `event_id` of what a replay comes to: a UUIDv7 of the same millisecond, always the same.

    A reader that handles the record once more tells it again under this id.
    """
    replay = UUID(replay_id).bytes
    rest = bytearray(hashlib.sha256(replay + b"settled").digest()[:10])
    rest[0] = 0x70 | rest[0] & 0x0F
    rest[2] = 0x80 | rest[2] & 0x3F
    return str(UUID(bytes=replay[:6] + bytes(rest)))


def _is_id(replay: Replay) -> bool:
    try:
        return str(UUID(replay.replay_id)) == replay.replay_id
    except ValueError:
        return False
