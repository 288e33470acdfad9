"""For which stores a worker waits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agents.loop.batching import BatchLoop
from infra.faust.app import ChatStreamApp


def stores_away(app: ChatStreamApp) -> Iterator[str]:
    """The lanes whose last try an outage ended; a lane is named after its store."""
    loops: Sequence[object] = app.loops
    return (
        lane.name
        for each in loops
        if isinstance(each, BatchLoop)
        for lane in each.lanes.values()
        if lane.waits
    )
