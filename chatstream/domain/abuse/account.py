"""Rules over all rooms of one account, judged where everything an account does comes by.

A message may be stored by then: REFUSE only says that it was one too many, MUTE that the account
is to be silent everywhere until `until`. Judge each event once; order matters only within windows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from chatstream.domain.abuse import conduct, windows
from chatstream.domain.abuse.conduct import Conduct
from chatstream.domain.abuse.messages import MessageTrace, read, trace_of
from chatstream.domain.abuse.policy import Limit, Policy
from chatstream.domain.abuse.verdicts import Outcome, Reason, Verdict, over
from chatstream.domain.abuse.windows import Times

Text = tuple[str, str, float]


@dataclass(frozen=True, slots=True)
class AccountCounters:
    """What is remembered of an account: times, texts as (gist, room, time), and its offences."""

    sent: Times = ()
    texts: tuple[Text, ...] = ()
    links: Times = ()
    invitations: Times = ()
    people: Times = ()
    conduct: Conduct = field(default_factory=Conduct)

    def pack(self) -> list[object]:
        """The value in a table, JSON."""
        return [
            list(self.sent),
            [list(each) for each in self.texts],
            list(self.links),
            list(self.invitations),
            list(self.people),
            self.conduct.pack(),
        ]

    @classmethod
    def unpack(cls, value: Sequence[Any]) -> AccountCounters:
        """The counters of a table's value."""
        sent, texts, links, invitations, people, behaviour = value
        return cls(
            windows.unpack_times(sent),
            tuple([(gist, room, float(at)) for gist, room, at in texts]),
            windows.unpack_times(links),
            windows.unpack_times(invitations),
            windows.unpack_times(people),
            Conduct.unpack(behaviour),
        )


def judge(
    policy: Policy, counters: AccountCounters, room_id: str, text: str, now: float
) -> tuple[Verdict, AccountCounters]:
    """What a message means for its account, and the counters after it.

    One text in too many rooms weighs most; then the rate, links and invitations of all rooms.
    What is over a limit is an offence and is not counted in the windows.
    """
    verdict, counters = judge_trace(
        policy, counters, room_id, trace_of(policy, read(policy, text)), now
    )
    return (replace(verdict, text=text) if verdict.outcome is Outcome.PASS else verdict), counters


def judge_trace(
    policy: Policy, counters: AccountCounters, room_id: str, message: MessageTrace, now: float
) -> tuple[Verdict, AccountCounters]:
    """As `judge`, of what is kept of a message."""
    muted = conduct.refusal_while_muted(counters.conduct, now)
    if muted is not None:
        return muted, counters
    verdict = _spread(policy, counters, message, room_id, now)
    if verdict is not None:
        return _strike(policy, counters, verdict, policy.escalation.spread, now)
    verdict = _over_limits(policy, counters, message, now)
    if verdict is not None:
        return _strike(policy, counters, verdict, policy.escalation.refused, now)
    return Verdict(Outcome.PASS), _counted(policy, counters, message, room_id, now)


def judge_invitation(
    policy: Policy, counters: AccountCounters, people: int, now: float
) -> tuple[Verdict, AccountCounters]:
    """What asking so many people into a room means: refused when it is too many lately."""
    muted = conduct.refusal_while_muted(counters.conduct, now)
    if muted is not None:
        return muted, counters
    limit = policy.account.people
    if not windows.room_for(counters.people, limit, now, people):
        verdict = _refusal(Reason.INVITATIONS, limit, "people asked into rooms")
        return _strike(policy, counters, verdict, policy.escalation.refused, now)
    asked = windows.added(counters.people, limit, now, people)
    return Verdict(Outcome.PASS), replace(counters, people=asked)


def judge_offence(
    policy: Policy, counters: AccountCounters, verdict: Verdict, now: float
) -> tuple[Verdict, AccountCounters]:
    """What a verdict of one room means for the account: offences add up over all its rooms.

    The same verdict comes back, or MUTE for all rooms. What was sent while muted adds nothing.
    """
    if verdict.outcome is Outcome.PASS or verdict.reason is Reason.MUTED:
        return verdict, counters
    weights = policy.escalation
    weight = weights.masked if verdict.outcome is Outcome.MASK else weights.refused
    return _strike(policy, counters, verdict, weight, now)


def follow(
    policy: Policy,
    counters: AccountCounters,
    room_id: str,
    message: MessageTrace,
    verdict: Verdict,
    now: float,
) -> tuple[Verdict, AccountCounters]:
    """What a message and the verdict of its room mean for the account: MUTE mutes it everywhere.

    What was stored counts in the windows; what was masked or refused adds up as an offence.
    """
    if verdict.outcome in (Outcome.PASS, Outcome.MASK):
        own, counters = judge_trace(policy, counters, room_id, message, now)
        if own.outcome is not Outcome.PASS or verdict.outcome is Outcome.PASS:
            return own, counters
    judged, after = judge_offence(policy, counters, verdict, now)
    if judged is verdict:
        return replace(judged, outcome=Outcome.REFUSE), after
    return judged, after


def forgiven(counters: AccountCounters, *, everywhere: bool) -> AccountCounters:
    """After an operator lifted a mute: of all rooms, or of one, which leaves a mute of all."""
    after = conduct.lift(counters.conduct)
    if not everywhere:
        after = replace(after, muted_until=counters.conduct.muted_until)
    return replace(counters, conduct=after)


def idle(policy: Policy, counters: AccountCounters, now: float) -> bool:
    """True when forgetting the counters changes nothing."""
    limits = policy.account
    return conduct.idle(policy.escalation, counters.conduct, now) and not (
        windows.recent(counters.sent, limits.messages, now)
        or windows.recent(counters.links, limits.links, now)
        or windows.recent(counters.invitations, limits.invitations, now)
        or windows.recent(counters.people, limits.people, now)
        or _recent_texts(policy, counters, now)
    )


def _spread(
    policy: Policy, counters: AccountCounters, message: MessageTrace, room_id: str, now: float
) -> Verdict | None:
    limit = policy.account.rooms
    if message.letters < policy.account.short:
        return None
    rooms = {room for gist, room, _ in _recent_texts(policy, counters, now) if gist == message.gist}
    if room_id in rooms or len(rooms) < limit.count:
        return None
    return _refusal(Reason.MANY_ROOMS, limit, "rooms with one text")


def _over_limits(
    policy: Policy, counters: AccountCounters, message: MessageTrace, now: float
) -> Verdict | None:
    limits = policy.account
    if not windows.room_for(counters.sent, limits.messages, now):
        until = windows.free_at(counters.sent, limits.messages, now)
        return replace(_refusal(Reason.RATE, limits.messages, "messages"), until=until)
    count = message.links
    if count and not windows.room_for(counters.links, limits.links, now, count):
        return _refusal(Reason.LINKS, limits.links, "links")
    if message.invites and not windows.room_for(counters.invitations, limits.invitations, now):
        return _refusal(Reason.INVITATIONS, limits.invitations, "invitations")
    return None


def _counted(
    policy: Policy, counters: AccountCounters, message: MessageTrace, room_id: str, now: float
) -> AccountCounters:
    limits = policy.account
    texts = _recent_texts(policy, counters, now)
    if message.letters >= limits.short:
        gist = message.gist
        others = [each for each in texts if each[0] != gist or each[1] != room_id]
        texts = (*others, (gist, room_id, now))
    return AccountCounters(
        sent=windows.added(counters.sent, limits.messages, now),
        texts=texts[-max(1, limits.texts) :],
        links=windows.added(counters.links, limits.links, now, message.links),
        invitations=windows.added(
            counters.invitations, limits.invitations, now, int(message.invites)
        ),
        people=counters.people,
        conduct=counters.conduct,
    )


def _strike(
    policy: Policy, counters: AccountCounters, verdict: Verdict, weight: int, now: float
) -> tuple[Verdict, AccountCounters]:
    verdict, after = conduct.escalate(policy.escalation, counters.conduct, verdict, weight, now)
    return verdict, replace(counters, conduct=after)


def _refusal(reason: Reason, limit: Limit, what: str) -> Verdict:
    return Verdict(Outcome.REFUSE, reason, detail=over(limit.count, what, limit.seconds))


def _recent_texts(policy: Policy, counters: AccountCounters, now: float) -> tuple[Text, ...]:
    seconds = policy.account.rooms.seconds
    return tuple([each for each in counters.texts if abs(now - each[2]) < seconds])  # as `near`
