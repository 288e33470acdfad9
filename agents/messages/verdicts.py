"""What a room's rules say of a message of a batch, and what is told of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from agents.conduct import mute_wish
from chatstream.domain.abuse.messages import MessageTrace
from chatstream.domain.abuse.verdicts import Outcome, Reason, Verdict
from chatstream.domain.times import text_of
from schemas import records

Key = tuple[str, str]
Identity = tuple[str, str, str]
# A wish for a mute of one room, with the (partition, offset) of the message that brought it.
Mute = tuple[tuple[int, int], records.ImposeSanction]


@dataclass(frozen=True, slots=True)
class PlacedWish:
    """A wish about a message, and its place: (`partition`, `offset`) of its record.

    `at` is when it was asked for, in seconds since the epoch, by the front's clock: a backlog is
    judged as it was written, not as it is read.
    `is_new`: it is to be stored; else `text` is what it is to become (None: deleted).
    """

    partition: int
    offset: int
    room_id: str
    account_id: str
    message_id: str
    text: str | None
    at: float
    is_new: bool = True

    @property
    def key(self) -> Key:
        """Whose counters it is judged by."""
        return self.room_id, self.account_id

    @property
    def identity(self) -> Identity:
        """By what a repeat of it is known."""
        return self.room_id, self.account_id, self.message_id


@dataclass(frozen=True, slots=True)
class Judged:
    """A message and its verdict; `cause` is the rule that led to a mute.

    `is_copy`: the same wish stands earlier in the batch, and has the same verdict. Changes of a
    message have no trace: only their words are judged, and nothing of them is counted.
    """

    said: PlacedWish
    verdict: Verdict
    trace: MessageTrace | None = None
    cause: str | None = None
    is_copy: bool = False

    @property
    def is_refused(self) -> bool:
        """Whether the message may not be stored."""
        return self.verdict.outcome in (Outcome.REFUSE, Outcome.MUTE)

    @property
    def shown(self) -> str | None:
        """The text to be stored instead; None: as it was."""
        return self.verdict.text if self.verdict.outcome is Outcome.MASK else None


def news_of(
    counted: Iterable[Judged],
) -> tuple[list[records.MessageJudged], list[Mute]]:
    """What others are to hear: what counted (the rules over all rooms), and mutes of one room.

    What was sent while muted is told to nobody.
    """
    heard: list[records.MessageJudged] = []
    mutes: list[Mute] = []
    for each in counted:
        said, verdict, trace = each.said, each.verdict, each.trace
        if trace is None or verdict.reason is Reason.MUTED:
            continue
        heard.append(_heard(said, verdict, trace))
        if verdict.outcome is Outcome.MUTE:
            source, at = f"room:{said.partition}:{said.offset}", text_of(said.at)
            wish = mute_wish(source, said.account_id, said.room_id, verdict, at)
            mutes.append(((said.partition, said.offset), wish))
    return heard, mutes


def _heard(said: PlacedWish, verdict: Verdict, trace: MessageTrace) -> records.MessageJudged:
    return records.MessageJudged(
        account_id=said.account_id,
        room_id=said.room_id,
        partition=said.partition,
        offset=said.offset,
        outcome=str(verdict.outcome),
        reason=None if verdict.reason is None else str(verdict.reason),
        gist=trace.gist,
        letters=trace.letters,
        links=trace.links,
        invites=trace.invites,
        at=text_of(said.at),
    )


def told_reason(judged: Judged) -> tuple[str, str | None, str | None]:
    """(reason, until, cause) as the sender is told them."""
    verdict = judged.verdict
    is_mute = verdict.outcome is Outcome.MUTE
    reason = str(Reason.MUTED if is_mute else verdict.reason)
    return reason, text_of(verdict.until) if verdict.until else None, judged.cause
