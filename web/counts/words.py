"""Words from every stats worker: a word's count is the sum over the partitions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

import msgspec

from chatstream.domain.ranking import Ranking, TopWords, merge, rank
from chatstream.domain.times import now_text
from chatstream.domain.windows import SlidingCounts, Window
from chatstream.domain.words import Tally
from tables.windows import Windows
from tables.words import WordCounts
from web.counts.peers import Remote, answered, ask_all

# Words asked for at once; even with the longest words the request stays below the body limit.
ASKED_AT_ONCE = 300
# Candidates per wanted word in the first round; each round after it asks for four times as many.
_FIRST_DEPTH = 4
_MOST_CANDIDATES = 20_000


class WordsPart(msgspec.Struct, frozen=True, rename="camel"):
    """What one worker says of its partitions. `words` are packed tallies, summed over them.

    `generation` is the consumer group's: partitions of one generation are disjoint. `bound` is the
    most that a word not in `words` can have in these partitions together.
    """

    generation: int
    partitions: tuple[int, ...]
    words: dict[str, list[Any]]
    bound: int = 0


class WordsPeer(Protocol):
    """A stats worker, this one or another; raises OSError or TimeoutError when it cannot say."""

    async def top(self, limit: int, window: Window) -> WordsPart:
        """At least the `limit` most counted words of each of its partitions, and the bound."""
        ...

    async def tallies(self, words: Sequence[str], window: Window) -> WordsPart:
        """The tallies of these words; those it never met are left out.

        In a window the counts are those of the window, and who used a word is that of all time: a
        word is disclosed or not, and the difference of two counts tells its window anyway.
        """
        ...


class LocalWords:
    """This worker's own partitions: those it owns and has recovered."""

    def __init__(self, words: WordCounts, windows: Windows) -> None:
        self.words = words
        self.windows = windows

    async def top(self, limit: int, window: Window) -> WordsPart:
        """See Peer."""
        candidates: set[str] = set()
        bound = 0
        tops: Iterable[TopWords | SlidingCounts]
        if window is Window.ALL:
            tops = self.words.readable().values()
        else:
            tops = [view.window(window) for view in self.windows.readable().values()]
        for top in tops:
            words, most = top.top(limit)
            candidates.update(words)
            bound += most
        part = await self.tallies(list(candidates), window)
        return msgspec.structs.replace(part, bound=bound)

    async def tallies(self, words: Sequence[str], window: Window) -> WordsPart:
        """See Peer."""
        held: set[int] = set(self.words.readable())
        views = self.windows.readable()
        if window is not Window.ALL:
            held &= set(views)
        found: dict[str, list[Tally]] = {}
        for partition in held:
            tallies = self.words.read(partition, words)
            if window is not Window.ALL:
                tallies = _within(views[partition].window(window), tallies)
            for word, tally in tallies.items():
                found.setdefault(word, []).append(tally)
        generation = self.words.app.consumer_generation_id
        packed = {word: merge(tallies).pack() for word, tallies in found.items()}
        return WordsPart(generation, tuple(sorted(held)), packed)


def _within(counts: SlidingCounts, tallies: Mapping[str, Tally]) -> dict[str, Tally]:
    """The tallies with the counts of a window."""
    return {
        word: replace(tally, count=share.count, in_open=share.in_open)
        for word, tally in tallies.items()
        for share in (counts.of(word),)
    }


class RemoteWords:
    """Another worker, over its internal routes."""

    _decoder = msgspec.json.Decoder(WordsPart)

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    async def top(self, limit: int, window: Window) -> WordsPart:
        """See Peer."""
        path = f"/internal/partial/top?limit={limit}&window={window}"
        return await self._remote.get(path, self._decoder)

    async def tallies(self, words: Sequence[str], window: Window) -> WordsPart:
        """See Peer."""
        path = f"/internal/partial/tallies?window={window}"
        parts = [
            await self._remote.post(path, self._decoder, list(words[i : i + ASKED_AT_ONCE]))
            for i in range(0, max(len(words), 1), ASKED_AT_ONCE)
        ]
        if len({(part.generation, part.partitions) for part in parts}) > 1:
            raise OSError(f"{self._remote.url}: its partitions changed while it answered")
        merged = {word: tally for part in parts for word, tally in part.words.items()}
        return msgspec.structs.replace(parts[0], words=merged)


@dataclass(frozen=True, slots=True)
class WordsAnswer:
    """Words and shown counts, when they were read, and from how many partitions."""

    words: Sequence[tuple[str, int]]
    as_of: str
    complete: bool
    expected: int
    answered: int


class WordsGather:
    """Answers for all partitions, from this worker and its peers."""

    def __init__(
        self,
        peers: Callable[[], Sequence[WordsPeer]],
        partitions: int,
        timeout: float,
    ) -> None:
        self.peers = peers
        self.partitions = partitions
        self.timeout = timeout

    async def top(self, count: int, window: Window = Window.ALL) -> WordsAnswer:
        """The `count` words with the highest shown counts, exact when `complete`."""
        peers = self.peers()
        depth = count * _FIRST_DEPTH
        while True:
            as_of = now_text()
            tops = await ask_all(peers, partial(_top_of, depth=depth, window=window), self.timeout)
            candidates = {word for part in tops.values() for word in part.words}
            parts = await self._complete(tops, candidates, window)
            ranking = rank(_sum(parts.values()), sum(p.bound for p in parts.values()), count)
            if ranking.exact or len(candidates) < depth or depth > _MOST_CANDIDATES:
                return self._answer(ranking, as_of, parts.values())
            depth *= 4

    async def word(self, word: str) -> WordsAnswer:
        """One word with its shown count, 0 when it must not be shown."""
        as_of = now_text()
        parts = await ask_all(
            self.peers(), lambda peer: peer.tallies([word], Window.ALL), self.timeout
        )
        tally = _sum(parts.values()).get(word, Tally())
        return self._answer(Ranking([(word, tally.shown)], exact=True), as_of, parts.values())

    async def is_disclosed(self, word: str) -> bool:
        """Whether private uses of the word may be shown; False also when too few answer."""
        parts = await ask_all(
            self.peers(), lambda peer: peer.tallies([word], Window.ALL), self.timeout
        )
        return _sum(parts.values()).get(word, Tally()).disclosed

    async def _complete(
        self, tops: Mapping[WordsPeer, WordsPart], candidates: set[str], window: Window
    ) -> dict[WordsPeer, WordsPart]:
        """The parts with the tallies of all candidates; without those that changed meanwhile."""
        missing = {peer: sorted(candidates - part.words.keys()) for peer, part in tops.items()}
        asked = [peer for peer, words in missing.items() if words]
        more = await ask_all(asked, lambda peer: peer.tallies(missing[peer], window), self.timeout)
        complete = {peer: part for peer, part in tops.items() if not missing[peer]}
        for peer, part in more.items():
            first = tops[peer]
            if (part.generation, part.partitions) == (first.generation, first.partitions):
                words = {**first.words, **part.words}
                complete[peer] = msgspec.structs.replace(first, words=words)
        return complete

    def _answer(self, ranking: Ranking, as_of: str, parts: Iterable[WordsPart]) -> WordsAnswer:
        found = answered(parts)
        complete = ranking.exact and found == self.partitions
        return WordsAnswer(ranking.words, as_of, complete, self.partitions, found)


async def _top_of(peer: WordsPeer, depth: int, window: Window) -> WordsPart:
    return await peer.top(depth, window)


def _sum(parts: Iterable[WordsPart]) -> dict[str, Tally]:
    by_word: dict[str, list[Tally]] = {}
    for part in parts:
        for word, packed in part.words.items():
            by_word.setdefault(word, []).append(Tally.unpack(packed))
    return {word: merge(tallies) for word, tallies in by_word.items()}
