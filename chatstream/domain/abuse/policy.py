"""The limits and lists by which abuse is judged: an argument of every rule, for they change.

`Policy()` is the default. Times are in seconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from chatstream.domain.abuse import words
from chatstream.domain.rates import MESSAGE_BURST, MESSAGES_A_SECOND


@dataclass(frozen=True, slots=True)
class ListedWords:
    """Listed words, written as `chatstream.domain.abuse.words` says.

    `calls` are those of `masked` and `refused` that pass in a line that tells where help is
    (`help_lines`).
    """

    masked: tuple[str, ...] = words.MASKED
    refused: tuple[str, ...] = words.REFUSED
    allowed: tuple[str, ...] = words.ALLOWED
    calls: tuple[str, ...] = words.CALLS


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` in any `seconds`; what would be one more is over."""

    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Hosts:
    """Host names, with their subdomains; `host/path` means only addresses that begin so.

    `own` are never counted, `banned` refuse the message, `invitations` lead to another chat.
    """

    own: tuple[str, ...] = ()
    banned: tuple[str, ...] = ()
    invitations: tuple[str, ...] = (
        "open.kakao.com",
        "t.me",
        "telegram.me",
        "discord.gg",
        "discord.com/invite",
        "line.me",
        "lin.ee",
        "chat.whatsapp.com",
        "wa.me",
        "band.us",
    )


@dataclass(frozen=True, slots=True)
class RoomLimits:
    """What one account may send into one room.

    `repeats` counts messages that say the same; `short_repeats` those of fewer than `short`
    letters (a Korean syllable is two or three), for many a `네` is an answer. `texts` is how many
    of the latest messages are compared. `messages` is what the edge lets through one front: over
    several fronts it is this that holds.
    """

    messages: Limit = Limit(200, 10.0)
    repeats: Limit = Limit(20, 60.0)
    short_repeats: Limit = Limit(30, 60.0)
    short: int = 8
    texts: int = 40
    links_at_once: int = 3
    links: Limit = Limit(6, 60.0)
    invitations: Limit = Limit(2, 600.0)


@dataclass(frozen=True, slots=True)
class AccountLimits:
    """What one account may send into all its rooms together.

    `rooms` is into how many rooms one text may go; `texts` how many of the latest are compared;
    `invitations` counts messages that lead elsewhere, `people` those asked into rooms here.
    """

    messages: Limit = Limit(300, 20.0)
    rooms: Limit = Limit(10, 300.0)
    short: int = 8
    texts: int = 40
    links: Limit = Limit(20, 600.0)
    invitations: Limit = Limit(4, 600.0)
    people: Limit = Limit(200, 3600.0)


@dataclass(frozen=True, slots=True)
class Rung:
    """From so many points on, every offence mutes for so many seconds."""

    points: int
    mute: float


@dataclass(frozen=True, slots=True)
class Escalation:
    """What offences weigh, how long they are remembered, and when they mute.

    `masked`: a masked message; `refused`: a refused one; `spread`: one text in too many rooms.
    `ladder` is in rising order.
    """

    seconds: float = 3600.0
    masked: int = 1
    refused: int = 2
    spread: int = 6
    ladder: tuple[Rung, ...] = (Rung(6, 60.0), Rung(10, 600.0), Rung(16, 3600.0))


@dataclass(frozen=True, slots=True)
class Policy:
    """All of it; a change is a new `version`."""

    version: str = "default-2"
    words: ListedWords = field(default_factory=ListedWords)
    hosts: Hosts = field(default_factory=Hosts)
    room: RoomLimits = field(default_factory=RoomLimits)
    account: AccountLimits = field(default_factory=AccountLimits)
    escalation: Escalation = field(default_factory=Escalation)


DEFAULT = Policy()


def own_policy(burst: int, rate: float) -> Policy:
    """The program's own policy: it lets all fronts together pass what the edge lets one pass.

    The edge of each front has a bucket of `burst` messages an account, refilled at `rate` a second.
    Under a load test's limits it judges words and hosts only: who raises the edge's rate or burst
    to ten times the default wants to send that much.
    """
    if rate >= 10 * MESSAGES_A_SECOND or burst >= 10 * MESSAGE_BURST:
        return uncounted(DEFAULT)
    of_room, of_account = DEFAULT.room, DEFAULT.account
    room = replace(of_room, messages=_passed(of_room.messages.seconds, burst, rate))
    account = replace(of_account, messages=_passed(of_account.messages.seconds, burst, rate))
    fitted = replace(DEFAULT, room=room, account=account)
    return DEFAULT if fitted == DEFAULT else replace(fitted, version=f"{DEFAULT.version}-limits")


def _passed(seconds: float, burst: int, rate: float) -> Limit:
    return Limit(burst + math.ceil(rate * seconds), seconds)


# More than anybody can send in a moment.
_ANY = Limit(1000, 0.001)


def uncounted(policy: Policy) -> Policy:
    """The policy with its words and hosts only, for load tests: nothing is too much."""
    room = RoomLimits(
        messages=_ANY,
        repeats=_ANY,
        short_repeats=_ANY,
        texts=1,
        links_at_once=_ANY.count,
        links=_ANY,
        invitations=_ANY,
    )
    account = AccountLimits(
        messages=_ANY, rooms=_ANY, texts=1, links=_ANY, invitations=_ANY, people=_ANY
    )
    return replace(policy, version=f"{policy.version}-uncounted", room=room, account=account)
