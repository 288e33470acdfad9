"""What is measured of the sockets of a front."""

from __future__ import annotations

from collections.abc import Sized

from prometheus_client import Counter

from infra.metrics import ReadGauge

OPENED = Counter("chatstream_sockets_opened", "connections that were opened")
CLOSED = Counter("chatstream_sockets_closed", "connections that the front closed", ["code"])
TOO_SLOW = Counter(
    "chatstream_sockets_too_slow", "connections closed because their peer did not keep up"
)
OPEN: ReadGauge[Sized] = ReadGauge(
    "chatstream_sockets_open", "open connections", [], lambda sockets: [((), len(sockets))]
)
