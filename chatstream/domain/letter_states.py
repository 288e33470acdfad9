"""What became of dead letters: letters and what is told of them, folded into states.

Whoever replays or drops tells it first, and what is told of one letter has one order (its records
lie in one partition). From that order everybody comes to the same state, whatever was tried at the
same time and wherever a program died in between.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from heapq import nlargest

from chatstream.domain.dead_letters import DeadLetter, Place

PATIENCE = 60_000
"""Milliseconds for which a replay that nothing is known of yet keeps others from beginning one."""


class LetterState(StrEnum):
    """What is to be done about a dead letter: something, or nothing any more."""

    WAITING = "waiting"
    REPLAYED = "replayed"
    DROPPED = "dropped"


class ReplayOutcome(StrEnum):
    """What became of a replay."""

    UNKNOWN = "unknown"
    DONE = "done"
    REFUSED = "refused"
    DEAD_LETTERED = "deadLettered"


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterReplayed:
    """Somebody replays the letter; `by` is the operator's account, None the command line."""

    event_id: str
    letter_id: str
    by: str | None
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterDropped:
    """Somebody gave the letter up."""

    event_id: str
    letter_id: str
    by: str | None
    reason: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySettled:
    """The reader has handled the record again; `code` is that of a refusal."""

    event_id: str
    letter_id: str
    replay_id: str
    outcome: ReplayOutcome
    code: str | None
    at: int


LetterTold = LetterReplayed | LetterDropped | ReplaySettled


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFate:
    """What became of a letter so far; `at` and `by` are of the last replay, or of the drop.

    `again` is the letter that a failed replay led to, where that is known.
    """

    state: LetterState = LetterState.WAITING
    outcome: ReplayOutcome | None = None
    replay_id: str | None = None
    code: str | None = None
    again: str | None = None
    by: str | None = None
    reason: str | None = None
    at: int | None = None

    def is_under_way(self, now: int) -> bool:
        """Whether a replay has begun that may still come to something by itself."""
        return self.outcome is ReplayOutcome.UNKNOWN and now - (self.at or 0) < PATIENCE


NOTHING_YET = LetterFate()


def told_of(fate: LetterFate, told: LetterTold) -> LetterFate:
    """The fate after one more thing was told, in the order of telling.

    The first replay stands until it is settled or its patience is over: another one that is told
    before has not been carried out (whoever told it reads this too). Done and dropped stay.
    """
    if fate.state is LetterState.DROPPED or fate.outcome is ReplayOutcome.DONE:
        return fate
    match told:
        case LetterDropped():
            return LetterFate(state=LetterState.DROPPED, by=told.by, reason=told.reason, at=told.at)
        case LetterReplayed() if fate.is_under_way(told.at):
            return fate
        case LetterReplayed():
            return LetterFate(
                state=LetterState.REPLAYED,
                outcome=ReplayOutcome.UNKNOWN,
                replay_id=told.event_id,
                by=told.by,
                at=told.at,
            )
        case ReplaySettled():
            at = fate.at or told.at
            return replace(
                fate, state=LetterState.REPLAYED, outcome=told.outcome, code=told.code, at=at
            )


@dataclass(frozen=True, slots=True)
class KeptLetter:
    """A letter and what became of it."""

    letter: DeadLetter
    fate: LetterFate = NOTHING_YET

    @property
    def is_waiting(self) -> bool:
        """Whether it asks for somebody: nothing was done, or what was done was refused.

        What failed again waits as the letter that it led to.
        """
        return self.fate.state is LetterState.WAITING or self.fate.outcome is ReplayOutcome.REFUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class LettersWanted:
    """Which letters: all that is named must be so; times are milliseconds, `since` <= at < `until`.

    `topic` is the record's own or that of the dead letters, `kind` that of the reason.
    """

    topic: str | None = None
    kind: str | None = None
    state: LetterState | None = None
    since: int | None = None
    until: int | None = None

    def names(self, letter: DeadLetter) -> bool:
        """Whether the letter is one of these, whatever became of it."""
        return (
            (
                self.topic is None
                or self.topic == letter.place.topic
                or (letter.source is not None and self.topic == letter.source.topic)
            )
            and (self.kind is None or self.kind == letter.kind)
            and (self.since is None or letter.at >= self.since)
            and (self.until is None or letter.at < self.until)
        )


def shown_state(kept: KeptLetter) -> LetterState:
    """The state by which letters are looked for: a refused one waits again."""
    return LetterState.WAITING if kept.is_waiting else kept.fate.state


@dataclass(slots=True)
class LetterBook:
    """Letters and their fates, folded record by record; repeats change nothing.

    Holds the newest `most` letters; `forgotten` counts those that had to go.
    """

    most: int = 50_000
    forgotten: int = 0
    _letters: OrderedDict[str, DeadLetter] = field(default_factory=OrderedDict)
    _fates: dict[str, LetterFate] = field(default_factory=dict)
    _again: dict[str, str] = field(default_factory=dict)
    _begins: dict[tuple[str, int], int] = field(default_factory=dict)

    def keep(self, letter: DeadLetter) -> None:
        """A letter that lies on its topic."""
        if letter.id in self._letters:
            return
        self._letters[letter.id] = letter
        if letter.replay_of is not None:
            self._again[letter.replay_of] = letter.id
        while len(self._letters) > self.most:
            self._letters.popitem(last=False)
            self.forgotten += 1

    def tell(self, told: LetterTold) -> None:
        """Something that was told of a letter, also of one that is not read yet."""
        self._fates[told.letter_id] = told_of(self._fates.get(told.letter_id, NOTHING_YET), told)

    def forget_before(self, topic: str, partition: int, begin: int) -> None:
        """The broker has deleted what lay before an offset; looked for when that has moved only."""
        if begin <= self._begins.get((topic, partition), 0):
            return
        self._begins[topic, partition] = begin
        gone = [
            each.id
            for each in self._letters.values()
            if each.place.topic == topic
            and each.place.partition == partition
            and each.place.offset < begin
        ]
        for letter_id in gone:
            del self._letters[letter_id]
            self._fates.pop(letter_id, None)
            self._again.pop(letter_id, None)

    def fate_of(self, letter_id: str) -> LetterFate:
        """What became of a letter; nothing yet of an unknown one."""
        fate = self._fates.get(letter_id, NOTHING_YET)
        again = self._again.get(letter_id)
        if again is None or fate.state is LetterState.DROPPED:
            return fate
        return replace(
            fate,
            state=LetterState.REPLAYED,
            outcome=ReplayOutcome.DEAD_LETTERED,
            code=None,
            again=again,
        )

    def of(self, letter_id: str) -> KeptLetter | None:
        """A letter; None when there is none, or none any more."""
        letter = self._letters.get(letter_id)
        return None if letter is None else KeptLetter(letter, self.fate_of(letter_id))

    def all(self) -> Iterator[KeptLetter]:
        """Every letter that is held."""
        for letter in self._letters.values():
            yield self._kept(letter)

    def page(
        self, wanted: LettersWanted, after: tuple[int, Place] | None, limit: int
    ) -> tuple[list[KeptLetter], bool]:
        """At most `limit` letters, the newest first, behind `after`; whether there are more."""
        bound = None if after is None else (after[0], *_parts(after[1]))
        newest = nlargest(limit + 1, self._fitting(wanted, bound), key=order_of)
        return [self._kept(each) for each in newest[:limit]], len(newest) > limit

    def _fitting(
        self, wanted: LettersWanted, bound: tuple[int, str, int, int] | None
    ) -> Iterator[DeadLetter]:
        """Letters that are wanted; a fate is looked for only where it decides."""
        for letter_id, letter in self._letters.items():
            if bound is not None and (letter.at > bound[0] or order_of(letter) >= bound):
                continue
            if wanted.names(letter) and (
                wanted.state is None
                or wanted.state is shown_state(KeptLetter(letter, self.fate_of(letter_id)))
            ):
                yield letter

    def _kept(self, letter: DeadLetter) -> KeptLetter:
        return KeptLetter(letter, self.fate_of(letter.id))


def order_of(letter: DeadLetter) -> tuple[int, str, int, int]:
    """By time, and for one moment by place."""
    return (letter.at, *_parts(letter.place))


def _parts(place: Place) -> tuple[str, int, int]:
    return place.topic, place.partition, place.offset
