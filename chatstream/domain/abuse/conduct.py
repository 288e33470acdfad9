"""Offences and what they add up to: a mute that grows with repetition and can be lifted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from chatstream.domain.abuse.policy import Escalation
from chatstream.domain.abuse.verdicts import Outcome, Reason, Verdict
from chatstream.domain.abuse.windows import near


@dataclass(frozen=True, slots=True)
class Conduct:
    """Offences as (time, points), oldest first, and when a mute ends; 0 without one."""

    strikes: tuple[tuple[float, int], ...] = ()
    muted_until: float = 0.0

    def pack(self) -> list[object]:
        """The value in a table, JSON."""
        return [[list(strike) for strike in self.strikes], self.muted_until]

    @classmethod
    def unpack(cls, value: Sequence[Any]) -> Conduct:
        """The conduct of a table's value."""
        strikes, muted_until = value
        return cls(tuple((float(at), int(points)) for at, points in strikes), float(muted_until))


def points(rules: Escalation, conduct: Conduct, now: float) -> int:
    """What the offences that are still remembered add up to."""
    return sum(weight for _, weight in _remembered(rules, conduct, now))


def escalate(
    rules: Escalation, conduct: Conduct, verdict: Verdict, weight: int, now: float
) -> tuple[Verdict, Conduct]:
    """Add an offence; the verdict becomes MUTE when the points reach a rung of the ladder.

    A mute only ever ends later by it. Strikes are bounded by the highest rung's points.
    """
    strikes = _bounded(rules, (*_remembered(rules, conduct, now), (now, weight)))
    total = sum(each for _, each in strikes)
    mutes = [rung.mute for rung in rules.ladder if total >= rung.points]
    if not mutes:
        return verdict, replace(conduct, strikes=strikes)
    until = max(conduct.muted_until, now + mutes[-1])
    detail = f"{verdict.detail}; {total} points" if verdict.detail else f"{total} points"
    muted = Verdict(Outcome.MUTE, verdict.reason, until=until, detail=detail)
    return muted, Conduct(strikes, until)


def refusal_while_muted(conduct: Conduct, now: float) -> Verdict | None:
    """The refusal of whoever is muted; None when there is no mute."""
    if conduct.muted_until <= now:
        return None
    return Verdict(Outcome.REFUSE, Reason.MUTED, until=conduct.muted_until)


def mute(conduct: Conduct, until: float) -> Conduct:
    """Muted by an operator, or by the rules over all rooms; what is muted longer stays so."""
    return replace(conduct, muted_until=max(conduct.muted_until, until))


def lift(_conduct: Conduct) -> Conduct:
    """Forgiven by an operator: no mute, and no offence that the next one would add to."""
    return Conduct()


def idle(rules: Escalation, conduct: Conduct, now: float) -> bool:
    """True when forgetting the conduct changes nothing."""
    return conduct.muted_until <= now and not _remembered(rules, conduct, now)


def _remembered(rules: Escalation, conduct: Conduct, now: float) -> tuple[tuple[float, int], ...]:
    return tuple(each for each in conduct.strikes if near(each[0], now, rules.seconds))


def _bounded(
    rules: Escalation, strikes: tuple[tuple[float, int], ...]
) -> tuple[tuple[float, int], ...]:
    """As many of the newest as can matter: with one point each they reach the top of the ladder."""
    most = max((rung.points for rung in rules.ladder), default=1)
    return strikes[-max(1, most) :]
