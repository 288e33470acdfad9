"""When a refresh token may be exchanged.

A login is a family of refresh tokens: each one may be used once and is replaced by its successor.
A used one that comes again was copied, so the whole family ends. One exception, so that two tabs
that refresh at the same moment do not log an honest user out: within `GRACE` of its first use, and
while none of its successors has been used, a token gives another pair of the same family.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

GRACE = timedelta(seconds=5)


class Verdict(Enum):
    """What happens to a presented refresh token."""

    ROTATE = "rotate"
    REFUSE = "refuse"
    REVOKE = "revoke"


@dataclass(frozen=True, slots=True)
class Presented:
    """A known refresh token as stored, at the moment it is presented."""

    expires_at: datetime
    used_at: datetime | None
    successor_used: bool
    revoked: bool


def judge(token: Presented, now: datetime) -> Verdict:
    """ROTATE gives a new pair, REFUSE changes nothing, REVOKE ends the family."""
    if token.revoked or token.expires_at <= now:
        return Verdict.REFUSE
    if token.used_at is None:
        return Verdict.ROTATE
    if now - token.used_at <= GRACE and not token.successor_used:
        return Verdict.ROTATE
    return Verdict.REVOKE


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
