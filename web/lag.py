"""/ops/lag: how far every consumer group is behind, for operators. Page or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import Field

from chatstream.domain.lag.states import LagState, worst
from chatstream.errors import ErrorCode
from schemas import records
from web.edge.bodies import Shape, answer
from web.edge.language import by_accept, wants_page
from web.edge.openapi import Route, mount, operation
from web.lag_board import GroupOnBoard, LagBoard
from web.operators import operator_of
from web.pages import for_operators

PATH = "/ops/lag"
_NEVER = "null: not at this pace"


class PartitionLagView(Shape):
    """A partition that is behind or not well; `lost` records were deleted unread."""

    partition: int
    state: str
    committed: int
    end: int
    is_held: bool = Field(description="whether a member of the group is given it")
    records: int
    seconds: float | None = Field(description="age of its first unread record; null: not known")
    catch_up: float | None = Field(description=f"seconds until it has caught up; {_NEVER}")
    lost: int


class TopicLagView(Shape):
    """A topic that the group reads; of its partitions those that are behind or not well."""

    topic: str
    state: str
    records: int
    seconds: float | None
    lost: int
    partition_count: int
    partitions: list[PartitionLagView]


class TrendPoint(Shape):
    """How many records it was behind so many seconds before its newest sample."""

    ago: float
    records: int


class GroupLagView(Shape):
    """A group; `state` is that of its worst partition: OK, WARN, REWIND, STALL or STOP."""

    group: str
    state: str
    at: str
    members: int
    records: int
    seconds: float | None
    catch_up: float | None
    lost: int
    topics: list[TopicLagView]
    trend: list[TrendPoint]


class LagView(Shape):
    """Every group, the worst first; `is_current` false: the monitor is away since `sampled_at`.

    `probe`: seconds that a record took to Kafka and back; null: not known, or it is not back.
    """

    sampled_at: str | None
    is_current: bool
    probe: float | None
    groups: list[GroupLagView]


@dataclass(frozen=True)
class LagPorts:
    """What the view of this module needs; `page` answers browsers."""

    board: LagBoard
    page: Handler


class LagViews:
    """The handler."""

    def __init__(self, ports: LagPorts) -> None:
        self._ports = ports

    @operation(
        "How far consumer groups are behind (operators)",
        answers={200: LagView},
        errors=(ErrorCode.ACCESS_DENIED,),
        from_memory=True,
    )
    async def show(self, request: web.Request) -> web.StreamResponse:
        """The page for browsers, the groups for programs."""
        if wants_page(request):
            return by_accept(await self._ports.page(request))
        operator_of(request)
        return by_accept(answer(_view(self._ports.board)))


def _view(board: LagBoard) -> LagView:
    newest = board.newest
    return LagView(
        sampled_at=None if newest is None else newest.sample.at,
        is_current=board.is_current,
        probe=None if newest is None else newest.sample.probe,
        groups=[_group(each) for each in board.groups()],
    )


def _group(group: GroupOnBoard) -> GroupLagView:
    sample = group.sample
    behind = [each for topic in sample.topics for each in topic.behind]
    return GroupLagView(
        group=sample.group,
        state=sample.state,
        at=sample.at,
        members=sample.members,
        records=group.records,
        seconds=_seconds(behind),
        catch_up=_catch_up(behind),
        lost=sum(each.lost for each in behind),
        topics=[_topic(topic) for topic in sample.topics],
        trend=[TrendPoint(ago=round(group.at - at, 1), records=count) for at, count in group.trend],
    )


def _topic(topic: records.TopicSampled) -> TopicLagView:
    return TopicLagView(
        topic=topic.topic,
        state=worst(LagState(each.state) for each in topic.behind),
        records=sum(each.lag for each in topic.behind),
        seconds=_seconds(topic.behind),
        lost=sum(each.lost for each in topic.behind),
        partition_count=sum(committed >= 0 for committed in topic.committed),
        partitions=[_partition(topic, each) for each in topic.behind],
    )


def _partition(topic: records.TopicSampled, behind: records.PartitionBehind) -> PartitionLagView:
    return PartitionLagView(
        partition=behind.partition,
        state=behind.state,
        committed=topic.committed[behind.partition],
        end=topic.ends[behind.partition],
        is_held=behind.partition in topic.held,
        records=behind.lag,
        seconds=behind.seconds,
        catch_up=behind.catch_up,
        lost=behind.lost,
    )


def _seconds(behind: Sequence[records.PartitionBehind]) -> float | None:
    """The longest that is known; 0 where nothing is behind."""
    known = [each.seconds for each in behind if each.seconds is not None]
    return max(known) if known else (None if behind else 0.0)


def _catch_up(behind: Sequence[records.PartitionBehind]) -> float | None:
    known = [each.catch_up for each in behind if each.catch_up is not None]
    return max(known, default=0.0) if len(known) == len(behind) else None


async def page(request: web.Request) -> web.StreamResponse:
    """The page; ACCESS_DENIED for those who are no operators."""
    return for_operators("ops_lag.html", request)


ROUTES: tuple[Route, ...] = (("GET", PATH, LagViews.show),)


def register(web_app: web.Application, ports: LagPorts) -> None:
    """Add the route."""
    mount(web_app, ROUTES, LagViews(ports))
