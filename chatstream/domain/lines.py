"""The fact line: the order of all accepted changes of one (RESPONSE topic, partition).

Numbers begin at 1 and are dense. A consumer keeps a cursor, the last number it applied; Kafka
offsets cannot play that part, because after a crash the same fact is produced again at a new
offset.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Any, Protocol, TypeVar

from chatstream.domain.decisions import Accept, Decision, Refuse, Unchanged


class FactStep(Enum):
    """What a consumer does with a fact."""

    APPLY = "apply"
    REPEAT = "repeat"
    GAP = "gap"


def step(cursor: int, fact_no: int) -> FactStep:
    """APPLY the next number, ignore a REPEAT; a GAP is read from Postgres before going on."""
    if fact_no <= cursor:
        return FactStep.REPEAT
    return FactStep.APPLY if fact_no == cursor + 1 else FactStep.GAP


# -- writing ---------------------------------------------------------------------------------

# Of a wish, for ever, such as (account, request id).
Identity = tuple[str, ...]


class Wish(Protocol):
    """What a line must know of a wish."""

    @property
    def partition(self) -> int:
        """The partition whose line numbers what comes of it."""
        ...

    @property
    def identity(self) -> Identity:
        """By what a repeat of it is known."""
        ...


class Requested:
    """A wish whose identity is (account, request id)."""

    __slots__ = ()
    account_id: str
    request_id: str

    @property
    def identity(self) -> tuple[str, str]:
        """By what a repeat of it is known."""
        return self.account_id, self.request_id


@dataclass(frozen=True, slots=True)
class Fact:
    """An accepted change: `values` are kept with it, by column."""

    fact_no: int
    values: Mapping[str, Any]


REFUSED = "this wish was refused when it came first"

T = TypeVar("T")


@dataclass(slots=True)
class Settled:
    """The answers of wishes that changed nothing; each stays so when its record comes again.

    Facts make a repeat of what was accepted known. A wish that changed nothing would be judged
    anew, on a later state, when its record is handled again: a removal that found nobody would end
    the membership that came after it, although both were answered.

    `known` has the answers of before and of this batch, `fresh` those that are to be kept.
    """

    known: dict[Identity, Refuse | Unchanged] = field(default_factory=dict)
    fresh: dict[Identity, Refuse | Unchanged] = field(default_factory=dict)

    def uphold(self, wish: Wish, decision: Decision[T]) -> Decision[T]:
        """What the wish was answered before, or else the decision, kept if it changes nothing.

        Of a refusal the code is kept and not the reason, which may name people.
        """
        if wish.identity in self.known:
            return self.known[wish.identity]
        if not isinstance(decision, Accept):
            kept = Refuse(decision.code, REFUSED) if isinstance(decision, Refuse) else decision
            self.known[wish.identity] = self.fresh[wish.identity] = kept
        return decision


@dataclass(slots=True)
class Numbers:
    """The lines of a batch under their locks: last numbers, the clock, and who had what before.

    `former` has the facts of each wish that was carried out, before this batch or in it, by number;
    `fresh` those of this batch that are not yet written; `settled` what changed nothing.
    """

    heads: dict[int, int]
    now: datetime
    former: dict[Identity, list[Fact]] = field(default_factory=dict)
    fresh: list[tuple[Wish, Fact]] = field(default_factory=list)
    settled: Settled = field(default_factory=Settled)

    def add(self, wish: Wish, **values: Any) -> Fact:
        """A fact of the wish, under the next number of its line."""
        fact_no = self.heads[wish.partition] = self.heads[wish.partition] + 1
        fact = Fact(fact_no, values)
        self.former.setdefault(wish.identity, []).append(fact)
        self.fresh.append((wish, fact))
        return fact

    def pass_over(self, partition: int, fact_no: int, at: datetime) -> None:
        """Others took this number of the line, at this moment: what follows comes after both."""
        self.heads[partition] = max(self.heads[partition], fact_no)
        self.now = max(self.now, at)


class Answer(Protocol):
    """What became of the wish at index `wish`: a fact, or (0 or None) none."""

    @property
    def wish(self) -> int:
        """The index of the wish in its batch."""
        ...

    @property
    def fact_no(self) -> int | None:
        """The number of the fact, if there is one."""
        ...


A = TypeVar("A", bound=Answer)


def in_fact_order(answers: Iterable[A]) -> list[A]:
    """Facts first, by number; then the other answers, by wish."""
    return sorted(answers, key=lambda each: (not each.fact_no, each.fact_no or 0, each.wish))


CarryOut = Callable[[int | None, Sequence[Any]], Awaitable[Sequence[Any]]]


async def in_turn(
    generation: int | None, wishes: Sequence[object], turns: Iterable[tuple[Any, CarryOut]]
) -> list[Any]:
    """Carry out a batch of several kinds of wish, a kind after the other; facts first, by number.

    Each turn is what `isinstance` takes, and what carries out the wishes that are of it. Their
    answers (dataclasses, see Answer) are by the index in its own batch, those returned by the
    index in `wishes`.
    """
    answers: list[Any] = []
    for kind, carry_out in turns:
        indices = [index for index, wish in enumerate(wishes) if isinstance(wish, kind)]
        if indices:
            told = await carry_out(generation, [wishes[index] for index in indices])
            answers += [replace(each, wish=indices[each.wish]) for each in told]
    return sorted(answers, key=lambda each: (not each.fact_no, each.fact_no))
