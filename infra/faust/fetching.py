"""How the program's consumers fetch: in a steady pace, and not held up by silent partitions.

A fetch costs aiokafka about the same whether it brings one record or a hundred, so under load
`tune` keeps a least time between two of them: each brings more. Where somebody waits, one that
brought records of a few partitions only is followed by the next at once; so is everywhere one that
left a backlog: a table is recovered, and a reader that was away catches up, as fast as it can.

aiokafka has one fetch a broker under way. When records of one partition lie unread for a tenth of
a second, it asks for all others without it, and that fetch is answered only when one of the
others gets a record, or after `fetch_max_wait_ms` (1,500 in Faust): until then nothing new comes
of the partition that was left out, though the reader has long caught up. Under load, when every
sender waits for an answer in that partition, everything stands still for that long. `tune` bounds
the wait of such a fetch.

Each fetch names every partition, and each answer as well, in pure Python: that is most of its cost.
While some topics bring records, `tune` leaves out those that have been silent for a while, and
asks for all of them only now and then. And topics that nobody waits for, beside others where
somebody does, rest after each fetch that brought some of them: else each of their records is a
fetch of its own.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer

from infra.faust.fetch_codec import QuickFetch
from infra.pacing import NO_REST, Pace, Pacer, Rest

PARTIAL_WAIT_MS = 20
# Seconds without a record after which a topic is silent.
SILENT_AFTER = 1.0
# Between fetches of all: seconds, and intervals of the pace where these are longer.
ALL_EVERY = 0.1
ALL_OF = 5
# And no longer than so many seconds, for whoever writes where nobody did for a while.
ALL_WITHIN = 1.0
# Records of a partition that are still to be read, from which on nobody keeps a pace.
BACKLOG = 1000


class PacedFetcher:
    """Wraps the two steps of a fetcher in which fetches are planned and sent.

    `answered` is called behind each fetch, on the consumer's loop, and may take what it brought;
    `all_every` is seconds between two fetches of all partitions.
    """

    def __init__(
        self,
        fetcher: Any,
        pace: Pace,
        wanted: Callable[[], Container[Any]],
        rest: Rest,
        clock: Callable[[], float],
    ) -> None:
        self.answered: Callable[[], None] = lambda: None
        self.all_every = ALL_EVERY
        self._fetcher = fetcher
        self._rest = rest
        self._rests_until = -math.inf
        self._pacer = Pacer(pace)
        self._wanted = wanted
        self._clock = clock
        self._brought: dict[str, float] = {}
        self._asked_all: dict[int, float] = {}
        # The assignment that was planned last, and its partitions by topic.
        self._of: Any = None
        self._places: dict[str, list[Any]] = {}
        self._plan = fetcher._get_actions_per_node
        self._send = fetcher._proc_fetch_request

    def plan(self, assignment: Any) -> tuple[Any, ...]:
        """What aiokafka plans, without what may be left out and with waits that are bounded."""
        nodes = [each.nodeId for each in self._fetcher._client.cluster.brokers()]
        if nodes and self._fetcher._in_flight.issuperset(nodes):
            return [], {}, self._until_one_ends(len(nodes)), False, []
        part = self._lively_of(assignment) if len(nodes) == 1 else None
        planned: tuple[Any, ...] = self._plan(part or assignment)
        unread = self._fetcher._records
        if unread and planned[0]:
            wanted = self._wanted()
            if any(tp in wanted for tp in unread):
                for _node, request in planned[0]:
                    _wait_at_most(request, PARTIAL_WAIT_MS / 1000)
        for node, request in planned[0]:
            request.__class__ = QuickFetch
            self._leave_out_resting(request)
            if part is None:
                self._leave_out_silent(node, request)
            else:
                _wait_at_most(request, self._due(node) - self._clock())
        return planned

    def _until_one_ends(self, nodes: int) -> float | None:
        """How long to wait while every broker has a fetch: until one ends, which wakes the plan.

        One that has ended, and whose broker is free in a turn of the loop, wakes nobody any more:
        aiokafka then waits for its timer, 0.2 s.
        """
        under_way = sum(not task.done() for task in self._fetcher._pending_tasks)
        return None if under_way >= nodes else 0.0

    def _lively_of(self, assignment: Any) -> _Part | None:
        """What of it the next fetch of the only broker names; None: all, or that is not known."""
        if self._of is not assignment:
            self._of, self._places = assignment, _by_topic(assignment.tps)
        now = self._clock()
        lively = self._lively(self._places, now)
        # Where only what rests is lively, all others are asked for meanwhile.
        if lively <= self._rest.topics or any(
            now >= self._due(node) for node in self._asked_all or [-1]
        ):
            return None
        named = (lively | self._rest.topics) & self._places.keys()
        return _Part([tp for topic in named for tp in self._places[topic]], assignment.state_value)

    def _due(self, node: int) -> float:
        return self._asked_all.get(node, -math.inf) + self.all_every

    def _leave_out_resting(self, request: Any) -> None:
        seconds = self._rests_until - self._clock()
        if seconds <= 0:
            return
        kept = [each for each in request._topics if each[0] not in self._rest.topics]
        if kept:
            request._topics = kept
            _wait_at_most(request, seconds)

    def _leave_out_silent(self, node: int, request: Any) -> None:
        """By topics: who waits for the first record of a partition waits no longer than others."""
        now = self._clock()
        lively = self._lively((topic for topic, _ in request._topics), now)
        all_due = self._due(node)
        # What rests is asked for seldom enough: all of it, or its silent partitions would starve.
        kept = [each for each in request._topics if each[0] in lively | self._rest.topics]
        if not lively or now >= all_due or len(kept) == len(request._topics):
            self._asked_all[node] = now
            return
        request._topics = kept
        _wait_at_most(request, all_due - now)

    def _lively(self, topics: Iterable[str], now: float) -> set[str]:
        """Those of them that brought records a moment ago."""
        brought = self._brought
        return {each for each in topics if now - brought.get(each, -math.inf) < SILENT_AFTER}

    async def send(self, assignment: Any, node_id: int, request: Any) -> bool:
        """As aiokafka's own, when its turn has come: whether it brought records that are unread.

        One that left none is followed by the next at once: aiokafka's routine would be woken by
        its end, plan, and make a task for the next, three turns of the loop later.
        """
        try:
            while not await self._paced(assignment, node_id, request):
                request = self._following(assignment, node_id)
                if request is None:
                    return False
            return True
        except asyncio.CancelledError:
            # As aiokafka's own: `close` awaits what it has cancelled, and an error from there ends
            # Faust's thread in the middle of the stop, for which the process then waits for ever.
            return False

    def _following(self, assignment: Any, node_id: int) -> Any:
        """What the only broker that is asked is to be asked next; None: aiokafka has to plan."""
        under_way = self._fetcher._in_flight
        # While it closes it awaits what it has cancelled, which ends as if nothing had come.
        if self._fetcher._closed or under_way != {node_id} or not assignment.active:
            return None
        asked = dict(self._asked_all)
        under_way.clear()  # a node that owes an answer is asked for nothing
        fetches, resets, _, is_stale, _ = self.plan(assignment)
        under_way.add(node_id)
        if resets or is_stale or [node for node, _ in fetches] != [node_id]:
            self._asked_all = asked  # nobody is asked by this plan
            return None
        return fetches[0][1]

    async def _paced(self, assignment: Any, node_id: int, request: Any) -> bool:
        await self._pacer.begin()
        unread = set(self._fetcher._records)
        await self._send(assignment, node_id, request)
        brought = self._fetcher._records.keys() - unread
        self._pacer.held(0 if _is_behind(assignment, brought) else len(brought))
        now = self._clock()
        topics = {topic for topic, _ in brought}
        self._brought.update(dict.fromkeys(topics, now))
        if topics & self._rest.topics:
            self._rests_until = now + self._rest.seconds
        self.answered()
        # Else whoever was told has taken them; what nobody wants lies there for ever.
        return not brought.isdisjoint(self._fetcher._records)


@dataclass(frozen=True, slots=True)
class _Part:
    """Some partitions of an assignment, as a plan asks for them."""

    tps: Sequence[Any]
    state_value: Callable[[Any], Any]


def _is_behind(assignment: Any, brought: Iterable[Any]) -> bool:
    return any(
        state.highwater - state.position > BACKLOG
        for state in map(assignment.state_value, brought)
        # Else it was assigned anew meanwhile, or what it brought is an error.
        if state is not None and state.has_valid_position and state.highwater is not None
    )


def _by_topic(places: Iterable[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for place in places:
        found[place[0]].append(place)
    return found


def _wait_at_most(request: Any, seconds: float) -> None:
    request._max_wait_ms = min(request._max_wait_ms, math.ceil(seconds * 1000))


def tune(
    consumer: AIOKafkaConsumer,
    pace: Pace,
    wanted: Callable[[], Container[Any]],
    rest: Rest = NO_REST,
    clock: Callable[[], float] = time.monotonic,
    *,
    all_of: int = ALL_OF,
) -> PacedFetcher:
    """From now on the consumer, which must have started, fetches in this pace, with this rest.

    While some topics bring records, all are asked for once in `all_of` intervals of the pace, and
    at most every `ALL_EVERY` and at least every `ALL_WITHIN` seconds. `wanted` tells the partitions
    that the reader takes; of others records may lie for ever (a table's changelog, while the table
    is written here).
    """
    # Untyped, and private: aiokafka has no setting for either.
    fetcher: Any = consumer._fetcher
    paced = PacedFetcher(fetcher, pace, wanted, rest, clock)
    paced.all_every = max(ALL_EVERY, min(all_of * pace.interval, ALL_WITHIN))
    fetcher._get_actions_per_node = paced.plan
    fetcher._proc_fetch_request = paced.send
    return paced
