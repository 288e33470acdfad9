"""The wirings of the contexts, each in a module of its own; what data they have is in `schemas`.

A function there imports what it needs when it is called: a worker loads the parts of its service
and no others. The Elasticsearch client, templates, pages and the analyser would be more than half
of the CPU time of its start.
"""

from __future__ import annotations

from chatstream.contexts import (
    accounts,
    conduct,
    erasure,
    friends,
    log,
    messages,
    reading,
    rooms,
    saving,
    stats,
)
from chatstream.wiring import Wiring

WIRINGS: tuple[Wiring, ...] = (
    accounts.WIRING,
    friends.WIRING,
    conduct.WIRING,
    rooms.WIRING,
    messages.WIRING,
    reading.WIRING,
    saving.WIRING,
    erasure.WIRING,
    stats.WIRING,
    log.WIRING,
)
"""Every context's; a new one is its module and a line here."""
