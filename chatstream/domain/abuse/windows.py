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
    """Those in the window, at most `limit.count` of the newest; `times` and they oldest first."""
    if not times or limit.count <= 0:
        return ()
    # As `near`: where the first and the last are in the window, all between them are.
    if not (abs(now - times[0]) < limit.seconds and abs(now - times[-1]) < limit.seconds):
        times = tuple([at for at in times if abs(now - at) < limit.seconds])
    return times[-limit.count :]


def room_for(times: Times, limit: Limit, now: float, wanted: int = 1) -> bool:
    """Whether `wanted` more stay within the limit."""
    return len(recent(times, limit, now)) + wanted <= limit.count


def added(times: Times, limit: Limit, now: float, more: int = 1) -> Times:
    """The window with `more` at `now`; as bounded as `recent`."""
    more = min(more, limit.count)
    if more > 0:
        goes_back = times and times[-1] > now  # the clock did
        times = (*times, *[now] * more)
        times = tuple(sorted(times)) if goes_back else times
    return recent(times, limit, now)


def free_at(times: Times, limit: Limit, now: float) -> float:
    """When there is room for one more; infinite for a limit of none."""
    kept = recent(times, limit, now)
    if limit.count <= 0:
        return math.inf
    return now if len(kept) < limit.count else kept[0] + limit.seconds


def unpack_times(value: Sequence[Any]) -> Times:
    """The window of a table's value."""
    return tuple(map(float, value))
