"""When a refresh token may be exchanged.

A login is one chain of refresh tokens: each may be used once, and is followed by one successor. Two
tabs that refresh at the same moment, and an answer that was lost, must not log an honest user out:
within `GRACE` of its first use a used token gives its successor again, while nobody has used that
one. Any other use of a used token says that two hold it, and ends the login (RFC 9700, 4.14.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

GRACE = timedelta(seconds=5)


class RefreshVerdict(Enum):
    """What happens to a presented refresh token."""

    ROTATE = "rotate"
    REPEAT = "repeat"
    REFUSE = "refuse"
    REVOKE = "revoke"


@dataclass(frozen=True, slots=True)
class Presented:
    """A known refresh token as stored, at the moment it is presented.

    `successor_known`: what it was exchanged for is one of the tokens that it can be answered with.
    """

    expires_at: datetime
    used_at: datetime | None
    successor_used: bool
    successor_known: bool
    revoked: bool


def judge(token: Presented, now: datetime) -> RefreshVerdict:
    """ROTATE uses it up for its successor, REPEAT gives that again, REVOKE ends the login.

    REFUSE and REPEAT change nothing.
    """
    if token.revoked or token.expires_at <= now:
        return RefreshVerdict.REFUSE
    if token.used_at is None:
        return RefreshVerdict.ROTATE
    if token.successor_used or now - token.used_at > GRACE:
        return RefreshVerdict.REVOKE
    return RefreshVerdict.REPEAT if token.successor_known else RefreshVerdict.REFUSE


@dataclass(frozen=True, slots=True)
class LoginLimit:
    """At most `most` failed logins within `window`."""

    most: int
    window: timedelta


def seconds_until_allowed(failures: list[datetime], limit: LoginLimit, now: datetime) -> float:
    """0 when another try is allowed; else the seconds until the oldest that counts is forgotten."""
    counted = sorted(at for at in failures if now - at < limit.window)
    if len(counted) < limit.most:
        return 0.0
    return max((counted[len(counted) - limit.most] + limit.window - now).total_seconds(), 1.0)
