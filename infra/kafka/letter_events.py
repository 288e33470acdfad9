"""What is told of dead letters, as records of `kakao.log.deadLetter.EVENT`."""

from __future__ import annotations

from collections.abc import Iterator

from chatstream.domain.letter_states import (
    LetterDropped,
    LetterReplayed,
    LetterTold,
    ReplayOutcome,
    ReplaySettled,
)
from chatstream.domain.partitions import partition_of
from chatstream.errors import PoisonMessage
from chatstream.ports.topics import HeldRecord
from infra.kafka.producer import Outgoing
from infra.tracing import traced
from schemas import codec, records
from schemas.contexts.log import DEAD_LETTER


def letter_event(record: records.LetterEvent, partitions: int) -> Outgoing:
    """What is told of a dead letter, as it is produced."""
    key = record.key
    place = partition_of(key, partitions)
    return Outgoing(DEAD_LETTER.event.name, place, key.encode(), records.encode(record), traced())


def told_in(held: HeldRecord) -> Iterator[LetterTold]:
    """What a record tells; nothing when it is none of ours."""
    try:
        record = codec.decode(DEAD_LETTER.event.name, held.value)
    except PoisonMessage:
        return  # the log service has told of it
    event_id, letter_id, at = record.event_id, record.dead_letter_id, held.at
    match record:
        case records.DeadLetterReplayed():
            yield LetterReplayed(
                event_id=event_id, letter_id=letter_id, by=record.account_id, at=at
            )
        case records.DeadLetterDropped():
            yield LetterDropped(
                event_id=event_id,
                letter_id=letter_id,
                by=record.account_id,
                reason=record.reason,
                at=at,
            )
        case records.DeadLetterSettled():
            yield ReplaySettled(
                event_id=event_id,
                letter_id=letter_id,
                replay_id=record.replay_id,
                outcome=ReplayOutcome(record.outcome),
                code=record.code,
                at=at,
            )
