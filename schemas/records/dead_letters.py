"""kakao.log.deadLetter: what was done about dead letters, and what came of it."""

from __future__ import annotations

from typing import Literal

from schemas.records.base import EventRecord, Uuid

LetterOutcome = Literal["done", "refused", "deadLettered"]


class LetterEvent(EventRecord, frozen=True, kw_only=True):
    """Base of what is told of one dead letter, `<DLQ topic>:<partition>:<offset>`."""

    dead_letter_id: str

    @property
    def key(self) -> str:
        """All that is told of one letter has one order."""
        return self.dead_letter_id


class DeadLetterReplayed(LetterEvent, frozen=True, kw_only=True, tag="deadLetterReplayed"):
    """Somebody puts the record back; told before it is put.

    `account_id` is the operator's, null from the command line.
    """

    account_id: Uuid | None = None


class DeadLetterDropped(LetterEvent, frozen=True, kw_only=True, tag="deadLetterDropped"):
    """Somebody has given the record up, and says why."""

    account_id: Uuid | None = None
    reason: str


class DeadLetterSettled(LetterEvent, frozen=True, kw_only=True, tag="deadLetterSettled"):
    """The reader has handled a record that was put back by the replay `replay_id`.

    `code` is that of the refusal when the wish was refused. Told by the reader before it
    acknowledges, and with the same `event_id` when it handles the record once more.
    """

    replay_id: Uuid
    outcome: LetterOutcome
    code: str | None = None


DeadLetterEvent = DeadLetterReplayed | DeadLetterDropped | DeadLetterSettled
