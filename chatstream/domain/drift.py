"""Comparing the live tables with a recount: what they hold, what they should, what differs."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chatstream.domain.windows import WindowBatch, tiling

# Which words are compared: all, or a slice of them where memory is short.
Keep = Callable[[str], bool]


class TornError(Exception):
    """The rows were read within a batch: read them again."""


@dataclass
class PartitionCounts:
    """The counts of one partition, by table and name, without zeros; cursors as in the tables.

    Names of `windows` are (minute, word); `series` holds the minutes of messages and signups.
    """

    messages: int = 0
    accounts: int = 0
    words: Counter[str] = field(default_factory=Counter)
    in_open: Counter[str] = field(default_factory=Counter)
    rooms: Counter[str] = field(default_factory=Counter)
    windows: Counter[tuple[int, str]] = field(default_factory=Counter)
    chat_added: Counter[int] = field(default_factory=Counter)
    user_added: Counter[int] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Difference:
    """A count that is not what it should be."""

    table: str
    name: str
    held: int
    counted: int


def slice_of(number: int, of: int) -> Keep:
    """One of `of` disjoint parts of all words."""
    return lambda word: zlib.crc32(word.encode()) % of == number


class Held:
    """Takes rows (table, name, value) of one partition and gives their counts."""

    def __init__(self, keep: Keep = lambda _: True) -> None:
        self._keep = keep
        self._counts = PartitionCounts()
        self._latest = {"messages": 0, "accounts": 0}
        self._batches: dict[tuple[int, int], Mapping[int, Mapping[str, int]]] = {}

    def add(self, table: str, name: str, value: Any) -> None:
        """Take one row; the others may come in any order."""
        held, keep = self._counts, self._keep
        line = "accounts" if table == "user_added" else "messages"
        if not name:
            setattr(held, line, value[1])
            return
        self._latest[line] = max(self._latest[line], value[1])
        match table:
            case "word_counts" if keep(name):
                held.words[name], held.in_open[name] = value[0], value[2]
            case "room_word_counts" if keep(name.partition(":")[2]):
                held.rooms[name] = value[0]
            case "word_windows":
                self._batches[value[0], value[1]] = {
                    minute: {word: share.count for word, share in words.items() if keep(word)}
                    for minute, words in WindowBatch.unpack(value).minutes.items()
                }
            case "chat_added":
                held.chat_added[int(name)] = value[0]
            case "user_added":
                held.user_added[int(name)] = value[0]

    def counts(self) -> PartitionCounts:
        """All of it; TornError when the rows are not of one moment between two batches."""
        held = self._counts
        if self._latest["messages"] > held.messages or self._latest["accounts"] > held.accounts:
            raise TornError
        taken = tiling(self._batches)
        for (_, upto), minutes in self._batches.items():
            if upto in taken:
                for minute, words in minutes.items():
                    held.windows.update({(minute, word): count for word, count in words.items()})
        return held


def differences(
    held: PartitionCounts, counted: PartitionCounts, *, day: int, month: int
) -> list[Difference]:
    """What differs; `day` and `month` are the first minutes that windows and series must have."""
    found = []
    for table, left, right in (
        ("word_counts", held.words, counted.words),
        ("word_counts in open rooms", held.in_open, counted.in_open),
        ("room_word_counts", held.rooms, counted.rooms),
        ("word_windows", _since(held.windows, day), _since(counted.windows, day)),
        ("chat_added", _from(held.chat_added, month), _from(counted.chat_added, month)),
        ("user_added", _from(held.user_added, month), _from(counted.user_added, month)),
    ):
        names: Mapping[Any, None] = dict.fromkeys([*left, *right])
        found += [
            Difference(table, str(name), left[name], right[name])
            for name in names
            if left[name] != right[name]
        ]
    return found


def _since(counts: Mapping[tuple[int, str], int], first: int) -> Counter[Any]:
    return Counter({key: count for key, count in counts.items() if key[0] >= first})


def _from(counts: Mapping[int, int], first: int) -> Counter[Any]:
    return Counter({minute: count for minute, count in counts.items() if minute >= first})
