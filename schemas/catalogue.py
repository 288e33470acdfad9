"""The catalogue: every context, and what follows from them."""

from __future__ import annotations

from collections.abc import Collection

from chatstream.errors import ConfigurationError
from schemas.context import Context
from schemas.contexts import (
    accounts,
    conduct,
    contents,
    coupons,
    erasure,
    friends,
    fronts,
    lag,
    log,
    messages,
    notices,
    ops,
    reading,
    reporting,
    rooms,
    saving,
    stats,
)
from schemas.databases import Lineage
from schemas.erasure import TOMBSTONE, ErasureStep, in_order
from schemas.paths import MemberPage, OperatorPage
from schemas.room_settings import RoomSetting
from schemas.services import FRONT, FRONT_AUTH, Service
from schemas.streams import Kind, Stream, TopicSpec

CONTEXTS: tuple[Context, ...] = (
    ops.CONTEXT,
    accounts.CONTEXT,
    friends.CONTEXT,
    conduct.CONTEXT,
    rooms.CONTEXT,
    messages.CONTEXT,
    notices.CONTEXT,
    reading.CONTEXT,
    saving.CONTEXT,
    coupons.CONTEXT,
    contents.CONTEXT,
    erasure.CONTEXT,
    stats.CONTEXT,
    log.CONTEXT,
    lag.CONTEXT,
    reporting.CONTEXT,
    fronts.CONTEXT,
)
"""Every context; a new one is its module and a line here. Operators are led to the first."""

STREAMS: tuple[Stream, ...] = tuple(each for context in CONTEXTS for each in context.streams)

TOPICS: tuple[TopicSpec, ...] = tuple(
    dict.fromkeys(topic for each in STREAMS for topic in each.topics.values())
)
"""Every topic once, in the order of the contexts."""

DLQ_OF: dict[str, TopicSpec] = {
    topic.name: each.dlq
    for each in STREAMS
    if Kind.DLQ in each.topics
    for topic in each.topics.values()
    if topic.kind is not Kind.DLQ
}
"""The dead-letter topic of each topic that has one."""

POOLS: tuple[Service, ...] = tuple(
    dict.fromkeys(
        [FRONT, FRONT_AUTH, *(paths.pool for context in CONTEXTS for paths in context.paths)]
    )
)
"""The pools of fronts."""

SERVICES: tuple[Service, ...] = tuple(
    dict.fromkeys([*POOLS, *(context.service for context in CONTEXTS)])
)
"""Every service, fronts first."""


LINEAGES: tuple[Lineage, ...] = tuple(
    dict.fromkeys(context.lineage for context in CONTEXTS if context.lineage is not None)
)
"""Every lineage of databases."""

LINEAGE_OF: dict[str, Lineage] = {
    topic.name: context.lineage
    for context in CONTEXTS
    if context.lineage is not None
    for each in context.streams
    for topic in each.topics.values()
}
"""Where the rows behind a topic are: the lineage of its context."""

OPERATOR_PAGES: tuple[OperatorPage, ...] = tuple(
    page for context in CONTEXTS for page in context.operator_pages
)
"""What operators are led to, in the order of the contexts."""

MEMBER_PAGES: tuple[MemberPage, ...] = tuple(
    page for context in CONTEXTS for page in context.member_pages
)
"""What everybody is led to from their own menu, in the same order."""

ROOM_SETTINGS: tuple[RoomSetting, ...] = tuple(
    setting for context in CONTEXTS for setting in context.room_settings
)
"""What the owner of a room decides for the contexts."""

ERASURE: tuple[ErasureStep, ...] = in_order(
    context.erasure for context in CONTEXTS if context.erasure is not None
)
"""The steps of an erasure that contexts are asked for, in their order."""

OPTIONAL_STEPS: dict[str, Service] = {
    context.erasure.name: context.service
    for context in CONTEXTS
    if context.erasure is not None and context.service.is_optional
}
"""The steps that there are only where their service is run."""


def erasure_steps(optional: Collection[str] = ()) -> tuple[str, ...]:
    """The names of the steps, as sagas store them, where these optional services are run."""
    left_out = {name for name, each in OPTIONAL_STEPS.items() if each.name not in optional}
    return (TOMBSTONE, *(step.name for step in ERASURE if step.name not in left_out))


ERASURE_STEPS: tuple[str, ...] = erasure_steps()
"""The names of the steps that there are everywhere."""


def service_of(name: str) -> Service:
    """The service of a name; ConfigurationError, with the names there are, when it is none."""
    for service in SERVICES:
        if service.name == name:
            return service
    names = ", ".join(service.name for service in SERVICES)
    raise ConfigurationError(f"CHATSTREAM_SERVICE: {name!r} is no service; it is one of {names}")
