"""Words of the last hour and the last day: what a batch of facts adds, and what time takes away.

A batch is kept as one record: which facts it covers (`after < fact_no <= upto`) and by how much
each word's count changed in each minute of the messages' own time. So a batch costs one write
however many words it has, and a word leaves a window minute by minute. Records never overlap: a
fact is in the windows when a record covers it, and only facts after all records make a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from chatstream.domain.ranking import TopWords
from chatstream.domain.words import Use

# (word, minute) pairs of one record at most: even of the longest words less than a mebibyte.
ENTRIES = 5000


class Window(StrEnum):
    """What can be asked for; `ALL` is all time."""

    ALL = "all"
    DAY = "day"
    HOUR = "hour"


# Minutes before the present one. Together with it a window is as long as its name, or up to a
# minute longer.
LENGTHS = {Window.DAY: 24 * 60, Window.HOUR: 60}


def latest_only(minute: int | None, now: int) -> int | None:
    """The minute, or None when it has left every window; `now` is the present one.

    Old facts, as in counting anew, so cost no record.
    """
    return minute if minute is not None and minute >= now - LENGTHS[Window.DAY] else None


@dataclass(slots=True)
class Shares:
    """How much of a word's count is in a minute or a window; `in_open`: said in open rooms."""

    count: int = 0
    in_open: int = 0

    def add(self, count: int, in_open: int) -> None:
        """Change both."""
        self.count += count
        self.in_open += in_open


@dataclass(slots=True)
class WindowBatch:
    """What the facts `after < fact_no <= upto` changed, by minute and word."""

    after: int
    upto: int
    minutes: dict[int, dict[str, Shares]] = field(default_factory=dict)
    entries: int = 0

    def add(self, use: Use, minute: int | None) -> None:
        """Cover one more fact; without a minute it changes nothing."""
        self.upto = use.fact_no
        if minute is None:
            return
        words = self.minutes.setdefault(minute, {})
        before = len(words)
        is_open = use.in_open_room
        for word, times in use.words.items():
            share = words.get(word)
            if share is None:
                words[word] = Shares(times, times if is_open else 0)
            else:
                share.add(times, times if is_open else 0)
        self.entries += len(words) - before

    def pack(self) -> list[object]:
        """The value in the table, JSON; the fact number is at index 1."""
        return [
            self.after,
            self.upto,
            {
                str(minute): {
                    word: share.count
                    if share.count == share.in_open
                    else [share.count, share.in_open]
                    for word, share in words.items()
                }
                for minute, words in self.minutes.items()
                if words
            },
        ]

    @classmethod
    def unpack(cls, value: Sequence[Any]) -> WindowBatch:
        """The batch of a table's value."""
        after, upto, minutes = value
        return cls(after, upto, {int(m): _shares(words) for m, words in minutes.items()})


def _shares(words: Mapping[str, Any]) -> dict[str, Shares]:
    return {
        word: Shares(share, share) if isinstance(share, int) else Shares(*share)
        for word, share in words.items()
    }


def batches(seen: int, uses: Iterable[tuple[Use, int | None]]) -> list[WindowBatch]:
    """The records of facts in line order; those up to `seen` are in a record already."""
    found: list[WindowBatch] = []
    batch = WindowBatch(seen, seen)
    for use, minute in uses:
        if use.fact_no <= seen:
            continue
        if batch.entries and batch.entries + len(use.words) > ENTRIES:
            found.append(batch)
            batch = WindowBatch(batch.upto, batch.upto)
        batch.add(use, minute)
    if batch.entries:
        found.append(batch)
    return found


def tiling(ranges: Iterable[tuple[int, int]]) -> set[int]:
    """Which records count, by `upto`, of those with these (after, upto).

    A worker that was paused may have written one that its successor wrote in other pieces; from the
    newest backwards each one taken leaves no fact out and takes none twice.
    """
    taken: set[int] = set()
    limit: int | None = None
    for after, upto in sorted(ranges, key=lambda one: -one[1]):
        if limit is None or upto <= limit:
            taken.add(upto)
            limit = after
    return taken


class SlidingCounts:
    """The words of one window in one partition, and the top list of them."""

    def __init__(self, capacity: int) -> None:
        self._words: dict[str, Shares] = {}
        self._top = TopWords(capacity)

    def add(self, words: Mapping[str, Shares], sign: int) -> None:
        """Take words in (`sign` 1), or out again (-1)."""
        all_held, put = self._words, self._top.put
        for word, share in words.items():
            held = all_held.get(word)
            if held is None:
                held = all_held[word] = Shares()
            held.count += sign * share.count
            held.in_open += sign * share.in_open
            put(word, held.count)
            if not held.count and not held.in_open:
                del all_held[word]

    def of(self, word: str) -> Shares:
        """The shares of a word."""
        return self._words.get(word) or Shares()

    def top(self, limit: int) -> tuple[list[str], int]:
        """As TopWords.top. Counts that only fell leave the list thin: then it is made anew."""
        if self._top.is_thin:
            fresh = TopWords(self._top.capacity)
            for word, share in self._words.items():
                fresh.put(word, share.count)
            self._top = fresh
        return self._top.top(limit)


Read = Callable[[Sequence[str]], Mapping[str, Any]]


class WindowsView:
    """The windows of one partition; a view of the table as tables.views.View.

    `read` gives the table's values by name, `clock` the present minute. A record is named by its
    `upto`. `garbage` are names that can be removed: out of every window, or never counted.
    """

    def __init__(self, read: Read, clock: Callable[[], int], capacity: int = 4096) -> None:
        self._read = read
        self._clock = clock
        self._counts = {window: SlidingCounts(capacity) for window in LENGTHS}
        self._first = {window: clock() - length for window, length in LENGTHS.items()}
        self._names: dict[int, set[str]] = {}
        self._left: dict[str, int] = {}
        self.garbage: set[str] = set()

    def load(self, rows: Iterable[tuple[str, Any]]) -> Iterator[None]:
        """See tables.views.View."""
        ranges = {}
        for name, value in rows:
            ranges[name] = (value[0], value[1])
            yield
        taken = tiling(ranges.values())
        for name, (_, upto) in ranges.items():
            if upto in taken:
                self.put(name, self._read([name]).get(name))
            else:
                self.garbage.add(name)
            yield

    def put(self, name: str, value: Any) -> None:
        """See tables.views.View."""
        if value is None:
            self.garbage.discard(name)
            return
        kept = 0
        for minute, words in WindowBatch.unpack(value).minutes.items():
            if minute < self._first[Window.DAY]:
                continue
            kept += 1
            self._names.setdefault(minute, set()).add(name)
            for window, counts in self._counts.items():
                if minute >= self._first[window]:
                    counts.add(words, 1)
        if kept:
            self._left[name] = kept
        else:
            self.garbage.add(name)

    def window(self, window: Window) -> SlidingCounts:
        """The counts of a window as it is at this moment."""
        self.advance()
        return self._counts[window]

    def advance(self) -> None:
        """Take out what has left the windows."""
        now = self._clock()
        for window, length in LENGTHS.items():
            first = max(self._first[window], now - length)
            before, self._first[window] = self._first[window], first
            for minute in [m for m in self._names if before <= m < first]:
                for words in self._said(minute):
                    self._counts[window].add(words, -1)
        for minute in [m for m in self._names if m < self._first[Window.DAY]]:
            for name in self._names.pop(minute):
                self._left[name] -= 1
                if not self._left[name]:
                    del self._left[name]
                    self.garbage.add(name)

    def _said(self, minute: int) -> Iterator[Mapping[str, Shares]]:
        for value in self._read(sorted(self._names[minute])).values():
            yield WindowBatch.unpack(value).minutes[minute]
