"""/ops: what is wrong in the whole system, the worst first, for operators. Page or JSON."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler

from chatstream.domain.overview import judging
from chatstream.domain.overview.findings import Area, Card, no_answer
from chatstream.domain.overview.samples import LagSample, SagasSample, SanctionsSample
from chatstream.errors import ChatStreamError, ErrorCode
from chatstream.ports.logins import Caller
from chatstream.ports.overview import Answering, Cluster, LogPulse, SagaCounts
from tables.followed.generations import KnownGenerations
from tables.followed.mutes import Mutes
from web.edge.bodies import answer
from web.edge.language import by_accept, wants_page
from web.edge.openapi import Route, mount, operation
from web.lag_board import LagBoard
from web.looks import Looks
from web.operators import operator_of
from web.overview_shapes import OverviewView, view
from web.pages import for_operators
from web.process_board import ProcessBoard

log = logging.getLogger(__name__)

PATH = "/ops"
WITHIN = 2.5
"""Seconds that each card may take; all are asked at once."""
STANDS = 15.0
"""Seconds for which an answer stands when the next does not come: a busy store is not away."""
DAY = 86_400.0


@dataclass(frozen=True, kw_only=True)
class OverviewPorts:
    """What the view of this module needs; `page` answers browsers.

    `servers` by name are asked whether they answer; of `services` somebody should be there.
    """

    board: ProcessBoard
    groups: LagBoard
    mutes: Mutes
    generations: KnownGenerations
    cluster: Cluster
    pulse: LogPulse
    sagas: SagaCounts
    servers: Mapping[str, Answering]
    services: Collection[str]
    looks: Looks
    page: Handler
    within: float = WITHIN
    clock: Callable[[], float] = time.time


class OverviewViews:
    """The handler."""

    def __init__(self, ports: OverviewPorts) -> None:
        self._ports = ports
        self._answered: dict[Area, tuple[Card, float]] = {}
        self._heard: dict[str, float] = {}

    @operation(
        "How the whole system does, the worst first (operators)",
        answers={200: OverviewView},
        errors=(ErrorCode.ACCESS_DENIED,),
        from_memory=True,
    )
    async def show(self, request: web.Request) -> web.StreamResponse:
        """The page for browsers, the cards for programs; what does not answer is said to do so."""
        if wants_page(request):
            return by_accept(await self._ports.page(request))
        caller = operator_of(request)
        cards, _ = await asyncio.gather(self._cards(), self._look(caller))
        now = self._ports.clock()
        shown = view(now, cards, list(self._ports.board.processes.shown(now)))
        return by_accept(answer(shown))

    async def _look(self, caller: Caller) -> None:
        """Tell the look, once while it goes on.

        The overview shows numbers and names of processes, nothing of anybody: so it stands while
        Kafka, which is to take the look, is what is wrong.
        """
        try:
            async with asyncio.timeout(self._ports.within):
                await self._ports.looks.told(caller, "overview", {}, goes_on=True)
        except (ChatStreamError, TimeoutError) as error:
            log.warning("a look at the overview is not told: %s", error or "no answer")

    async def _cards(self) -> list[Card]:
        asked = await asyncio.gather(
            self._within(Area.TOPICS, "Kafka", self._topics()),
            self._within(Area.LOG, "Elasticsearch", self._log()),
            self._within(Area.SAGAS, "auth", self._sagas()),
            self._servers(),
        )
        return [*asked, *self._from_memory()]

    def _from_memory(self) -> list[Card]:
        ports, now = self._ports, self._ports.clock()
        processes = ports.board.processes
        shown, beats = processes.shown(now), list(processes.heard(now))
        in_force, new = ports.mutes.counts(DAY)
        return [
            judging.of_processes(shown, ports.services, processes.hearing, now),
            judging.of_lag(_lag(ports.groups)),
            judging.of_sanctions(SanctionsSample(in_force, new)),
            judging.of_letters(beats, now),
            judging.of_rebuilds(beats, ports.generations.now.serving.number, now),
        ]

    async def _within(self, area: Area, store: str, asked: Awaitable[Card]) -> Card:
        now = self._ports.clock()
        try:
            async with asyncio.timeout(self._ports.within):
                card = await asked
        except (ChatStreamError, TimeoutError) as error:
            log.warning("the overview lacks %s: %s", area, error or "no answer in time")
            card, at = self._answered.get(area, (no_answer(area, store), -math.inf))
            return card if now - at <= STANDS else no_answer(area, store)
        self._answered[area] = card, now
        return card

    async def _topics(self) -> Card:
        return judging.of_topics(await self._ports.cluster.partitions())

    async def _log(self) -> Card:
        return judging.of_log(await self._ports.pulse.pulse(), self._ports.clock())

    async def _sagas(self) -> Card:
        sagas = self._ports.sagas
        running, stuck = await asyncio.gather(sagas.running(), sagas.alarming())
        return judging.of_sagas(SagasSample(running, stuck))

    async def _servers(self) -> Card:
        servers = self._ports.servers
        answers = await asyncio.gather(*(self._has_answered(name) for name in servers))
        return judging.of_servers(dict(zip(servers, answers, strict=True)))

    async def _has_answered(self, name: str) -> bool:
        now = self._ports.clock()
        try:
            async with asyncio.timeout(self._ports.within):
                await self._ports.servers[name].answer()
        except (ChatStreamError, TimeoutError):
            return now - self._heard.get(name, -math.inf) <= STANDS
        self._heard[name] = now
        return True


def _lag(board: LagBoard) -> LagSample:
    newest = board.newest
    groups = board.groups()
    return LagSample(
        states={each.sample.group: each.sample.state for each in groups},
        records={each.sample.group: each.records for each in groups},
        sampled_at=None if newest is None else newest.at,
        is_current=board.is_current,
    )


async def page(request: web.Request) -> web.StreamResponse:
    """The page; ACCESS_DENIED for those who are no operators."""
    return for_operators("ops_overview.html", request)


ROUTES: tuple[Route, ...] = (("GET", PATH, OverviewViews.show),)


def register(web_app: web.Application, ports: OverviewPorts) -> None:
    """Add the route."""
    mount(web_app, ROUTES, OverviewViews(ports))
