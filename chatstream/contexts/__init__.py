"""The wirings of the contexts, each in a module of its own; what data they have is in `schemas`.

A function there imports what it needs when it is called: a worker loads the parts of its service
and no others. The Elasticsearch client, templates, pages and the analyser would be more than half
of the CPU time of its start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstream.contexts import (
    accounts,
    conduct,
    contents,
    coupons,
    erasure,
    friends,
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
from chatstream.wiring import Wiring

if TYPE_CHECKING:
    from web.live.news import News

WIRINGS: tuple[Wiring, ...] = (
    ops.WIRING,
    accounts.WIRING,
    friends.WIRING,
    conduct.WIRING,
    rooms.WIRING,
    messages.WIRING,
    notices.WIRING,
    reading.WIRING,
    saving.WIRING,
    coupons.WIRING,
    contents.WIRING,
    erasure.WIRING,
    stats.WIRING,
    log.WIRING,
    lag.WIRING,
    reporting.WIRING,
)
"""Every context's; a new one is its module and a line here."""


def all_news() -> tuple[News, ...]:
    """What the contexts tell open pages, in their order."""
    return tuple(wiring.news() for wiring in WIRINGS if wiring.news is not None)
