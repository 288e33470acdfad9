"""Rules about one account in one room, judged before a message is stored.

Counters are of one account in one room. Judge each message once: a repeat of a wish that is stored
already has its outcome and must not be judged again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from chatstream.domain.abuse import conduct, windows
from chatstream.domain.abuse.conduct import Conduct
from chatstream.domain.abuse.messages import Message, invites, matcher_of, read
from chatstream.domain.abuse.own_words import Reader
from chatstream.domain.abuse.policy import Policy
from chatstream.domain.abuse.texts import links_refused
from chatstream.domain.abuse.verdicts import Outcome, Reason, Verdict, over
from chatstream.domain.abuse.windows import Times


@dataclass(frozen=True, slots=True)
class RoomCounters:
    """What is remembered of an account in a room: times of what passed, and its offences."""

    sent: Times = ()
    texts: tuple[tuple[str, float], ...] = ()
    links: Times = ()
    invitations: Times = ()
    conduct: Conduct = field(default_factory=Conduct)

    def pack(self) -> list[object]:
        """The value in a table, JSON."""
        return [
            list(self.sent),
            [list(each) for each in self.texts],
            list(self.links),
            list(self.invitations),
            self.conduct.pack(),
        ]

    @classmethod
    def unpack(cls, value: Sequence[Any]) -> RoomCounters:
        """The counters of a table's value."""
        sent, texts, links, invitations, behaviour = value
        return cls(
            windows.unpack_times(sent),
            tuple((str(text), float(at)) for text, at in texts),
            windows.unpack_times(links),
            windows.unpack_times(invitations),
            Conduct.unpack(behaviour),
        )


def judge(
    policy: Policy,
    counters: RoomCounters,
    text: str,
    now: float,
    reader: Reader | None = None,
) -> tuple[Verdict, RoomCounters]:
    """What becomes of the message, and the counters after it; `reader` as for `messages.read`.

    Refusals come in this order: muted, rate, banned words, repeats, links, invitations. A refused
    message counts as an offence but not in the windows, so that whoever waits may go on.
    """
    verdict = conduct.refusal_while_muted(counters.conduct, now)
    if verdict is not None:
        return verdict, counters
    verdict = _over_rate(policy, counters, now)
    message = None
    if verdict is None:
        message = read(policy, text, reader)
        verdict = _offence(policy, counters, message, now)
    weight = policy.escalation.refused
    if verdict is None and message is not None and message.found:
        word = message.found[0].word
        masked = matcher_of(policy).mask(text, message.found, reader)
        verdict = Verdict(Outcome.MASK, Reason.BANNED_WORD, masked, detail=word)
        weight = policy.escalation.masked
    if verdict is not None:
        verdict, after = conduct.escalate(policy.escalation, counters.conduct, verdict, weight, now)
        counters = replace(counters, conduct=after)
    else:
        verdict = Verdict(Outcome.PASS, text=text)
    if message is not None and verdict.outcome in (Outcome.PASS, Outcome.MASK):
        counters = _counted(policy, counters, message, now)
    return verdict, counters


def idle(policy: Policy, counters: RoomCounters, now: float) -> bool:
    """True when forgetting the counters changes nothing."""
    limits = policy.room
    return (
        conduct.idle(policy.escalation, counters.conduct, now)
        and not windows.recent(counters.sent, limits.messages, now)
        and not windows.recent(counters.links, limits.links, now)
        and not windows.recent(counters.invitations, limits.invitations, now)
        and not _recent_texts(policy, counters, now)
    )


def _over_rate(policy: Policy, counters: RoomCounters, now: float) -> Verdict | None:
    limit = policy.room.messages
    if windows.room_for(counters.sent, limit, now):
        return None
    until = windows.free_at(counters.sent, limit, now)
    return Verdict(
        Outcome.REFUSE,
        Reason.RATE,
        until=until,
        detail=over(limit.count, "messages", limit.seconds),
    )


def _offence(
    policy: Policy, counters: RoomCounters, message: Message, now: float
) -> Verdict | None:
    """The refusal that the message itself brings; None when it may be stored, perhaps masked."""
    limits = policy.room
    for found in message.found:
        if found.refused:
            return Verdict(Outcome.REFUSE, Reason.BANNED_WORD, detail=found.word)
    repeats = limits.short_repeats if message.letters < limits.short else limits.repeats
    same = tuple(sorted([at for mark, at in counters.texts if mark == message.gist]))
    if not windows.room_for(same, repeats, now):
        until = windows.free_at(same, repeats, now)
        return Verdict(
            Outcome.REFUSE,
            Reason.REPEAT,
            until=until,
            detail=over(repeats.count, "repeats", repeats.seconds),
        )
    if refusal := links_refused(policy, message):
        return refusal
    if message.links and not windows.room_for(
        counters.links, limits.links, now, len(message.links)
    ):
        return Verdict(
            Outcome.REFUSE,
            Reason.LINKS,
            detail=over(limits.links.count, "links", limits.links.seconds),
        )
    if invites(policy, message) and not windows.room_for(
        counters.invitations, limits.invitations, now
    ):
        detail = over(limits.invitations.count, "invitations", limits.invitations.seconds)
        return Verdict(Outcome.REFUSE, Reason.INVITATIONS, detail=detail)
    return None


def _counted(policy: Policy, counters: RoomCounters, message: Message, now: float) -> RoomCounters:
    limits = policy.room
    texts = (*_recent_texts(policy, counters, now), (message.gist, now))
    invited = int(invites(policy, message))
    return RoomCounters(
        sent=windows.added(counters.sent, limits.messages, now),
        texts=texts[-max(1, limits.texts) :],
        links=windows.added(counters.links, limits.links, now, len(message.links)),
        invitations=windows.added(counters.invitations, limits.invitations, now, invited),
        conduct=counters.conduct,
    )


def _recent_texts(
    policy: Policy, counters: RoomCounters, now: float
) -> tuple[tuple[str, float], ...]:
    seconds = max(policy.room.repeats.seconds, policy.room.short_repeats.seconds)
    return tuple([each for each in counters.texts if abs(now - each[1]) < seconds])  # as `near`
