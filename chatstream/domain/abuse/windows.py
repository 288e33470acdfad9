"""Sliding windows: what happened lately, never more of it than the rule needs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from chatstream.domain.abuse.policy import Limit

Times = tuple[float, ...]


def near(at: float, now: float, seconds: float) -> bool:
    """Whether `at` is in the window; a clock that goes back a little forgets nothing.

    What lies in the future by a whole window is forgotten: a wrong clock must not bind for long.
    """
    return abs(now - at) < seconds


def recent(times: Times, limit: Limit, now: float) -> Times:
    """Those in the window, oldest first, at most `limit.count` of the newest."""
    seconds = limit.seconds
    kept = sorted([at for at in times if abs(now - at) < seconds])  # as `near`, for each message
    return tuple(kept[-limit.count :]) if limit.count > 0 else ()


def room_for(times: Times, limit: Limit, now: float, wanted: int = 1) -> bool:
    """Whether `wanted` more stay within the limit."""
    return len(recent(times, limit, now)) + wanted <= limit.count


def added(times: Times, limit: Limit, now: float, more: int = 1) -> Times:
    """The window with `more` at `now`; as bounded as `recent`."""
    return recent((*times, *[now] * min(more, max(0, limit.count))), limit, now)


def free_at(times: Times, limit: Limit, now: float) -> float:
    """When there is room for one more; infinite for a limit of none."""
    kept = recent(times, limit, now)
    if limit.count <= 0:
        return math.inf
    return now if len(kept) < limit.count else kept[0] + limit.seconds


def unpack_times(value: Sequence[Any]) -> Times:
    """The window of a table's value."""
    return tuple(float(at) for at in value)
