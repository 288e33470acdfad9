"""How a range of time is cut into bars, so that there are neither few nor too many."""

from __future__ import annotations

from collections.abc import Sequence

SECOND, MINUTE, HOUR, DAY = 1, 60, 3600, 86_400
STEPS: Sequence[int] = (
    *(SECOND * each for each in (1, 2, 5, 10, 30)),
    *(MINUTE * each for each in (1, 2, 5, 10, 30)),
    *(HOUR * each for each in (1, 3, 6, 12)),
    *(DAY * each for each in (1, 7, 30, 365)),
)
"""Seconds of a bar: what a clock and a calendar are cut into."""
MOST_BARS = 120


def step_of(seconds: float) -> int:
    """The shortest step by which a range of so many seconds has at most MOST_BARS bars."""
    return next((step for step in STEPS if seconds <= step * MOST_BARS), STEPS[-1])
