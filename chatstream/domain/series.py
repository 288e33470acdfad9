"""Time series: counts by the minute of the event's own time, and how they are asked for.

A bucket is a whole minute since 1970. A coarser step is a sum of minutes that begins at the asked
`from`, so that a reader's own midnight, in whatever zone, is a good beginning of a day.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from chatstream.errors import invalid

MINUTE = 60
# Minutes that can be asked for; older ones are forgotten.
KEPT = 30 * 24 * 60
# The table keeps a little more, so that a worker whose clock is behind forgets nothing too early.
MARGIN = 60
# How far a clock may be ahead; what is later than that is no time of an event.
AHEAD = 5
MOST_POINTS = 5000
_RING = KEPT + MARGIN + AHEAD + 1


def bucket(moment: float, now: float) -> int | None:
    """The minute of an event, both in seconds since 1970; None when it is refused.

    Refused is what lies in the future, beyond the error of a clock, and what is older than the
    table keeps: such an event is seen and counted in no bucket.
    """
    minute, latest = int(moment // MINUTE), int(now // MINUTE)
    return minute if latest - KEPT - MARGIN <= minute <= latest + AHEAD else None


def oldest(now: float) -> int:
    """The first minute that the table keeps; whatever is older is removed."""
    return int(now // MINUTE) - KEPT - MARGIN


class Minutes:
    """The counts of one series in one partition, in memory: four bytes a minute.

    Holds the newest 30 days that it was told of; a minute is put again when its count changes.
    """

    def __init__(self) -> None:
        self._counts = array("I", bytes(4 * _RING))
        self._last = 0

    def put(self, minute: int, count: int) -> None:
        """Take over a minute's count."""
        if minute > self._last:
            for skipped in range(max(self._last + 1, minute - _RING + 1), minute):
                self._counts[skipped % _RING] = 0
            self._last = minute
        elif minute <= self._last - _RING:
            return
        self._counts[minute % _RING] = count

    def sum(self, begin: int, end: int) -> int:
        """The events of `begin <= minute < end`."""
        begin, end = max(begin, self._last - _RING + 1), min(end, self._last + 1)
        if begin >= end:
            return 0
        first, last = begin % _RING, (end - 1) % _RING + 1
        if first < last:
            return sum(self._counts[first:last])
        return sum(self._counts[first:]) + sum(self._counts[:last])


@dataclass(frozen=True, slots=True)
class Span:
    """The points of a question: from `begin` until before `end`, every `step`; all in minutes."""

    begin: int
    end: int
    step: int

    @property
    def starts(self) -> Sequence[int]:
        """The minutes at which the points begin; the last one may be cut short by `end`."""
        return range(self.begin, self.end, self.step)

    def counts(self, minutes: Minutes) -> list[int]:
        """The count of each point."""
        return [minutes.sum(start, min(start + self.step, self.end)) for start in self.starts]


def span(since: float, until: float, step: int, now: float) -> Span:
    """The points between two times, in seconds since 1970; INVALID_INPUT names what is wrong.

    `since` is rounded down and `until` up to whole minutes. Points that are no longer kept are left
    out by whole steps, so is the future: a zero there would be no count.
    """
    if step < MINUTE or step % MINUTE:
        raise invalid("step", "must be a multiple of 60")
    latest = int(now // MINUTE) + 1
    begin, end = int(since // MINUTE), min(-int(-until // MINUTE), latest)
    if since >= until:
        raise invalid("from", "must be before the end time")
    width = step // MINUTE
    begin += width * max(0, -((begin - (latest - KEPT)) // width))
    found = Span(begin, max(begin, end), width)
    if len(found.starts) > MOST_POINTS:
        raise invalid(
            "step",
            "gives more than {most} points: ask for less time or a longer step",
            most=MOST_POINTS,
        )
    return found
