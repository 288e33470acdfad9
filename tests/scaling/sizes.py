"""The sizes of the page, and what is chosen for them."""

from __future__ import annotations

from schemas.catalogue import TOPICS
from tests.scaling.sums import Assumptions, Size

ONLINE = (4, 20, 100)
"""Sockets that a message is shown to: pairs and families, groups, large open rooms."""

_SAID = 1 / 60
"""Messages a second of an open socket at the busiest: one a minute."""

SIZES = (
    Size("1 thousand sockets", 1_000, 1_000 * _SAID, ONLINE[0]),
    Size("1 million sockets", 1_000_000, 1_000_000 * _SAID, ONLINE[0]),
    Size("10 million sockets", 10_000_000, 10_000_000 * _SAID, ONLINE[0]),
    Size("1 million messages/s", 60_000_000, 1_000_000, ONLINE[0]),
)

GIVEN = Assumptions(topics=len(TOPICS))
