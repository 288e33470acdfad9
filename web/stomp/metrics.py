"""What is measured of the sockets of a front."""

from __future__ import annotations

from typing import Protocol

from prometheus_client import Counter, Histogram

from infra.metrics import ReadGauge

FRAMES = Counter(
    "chatstream_stomp_frames",
    "frames of clients that were handled, by destination template and how they ended",
    ["command", "destination", "code"],
)
SECONDS = Histogram(
    "chatstream_stomp_frame_duration_seconds",
    "from taking a client's frame to the end of the work that it asks for",
    ["command", "destination"],
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
OPENED = Counter("chatstream_sockets_opened", "connections that were opened")
CLOSED = Counter("chatstream_sockets_closed", "connections that the front closed", ["code"])
TOO_SLOW = Counter(
    "chatstream_sockets_too_slow", "connections closed because their peer did not keep up"
)


class SocketLoad(Protocol):
    """The connections of a front as they are told of."""

    def __len__(self) -> int:
        """How many are open."""
        ...

    def queued(self) -> tuple[int, int]:
        """(bytes that wait to be sent, in all; of the connection with the most)."""
        ...

    def handshakes(self) -> int:
        """How many are being let in."""
        ...


OPEN: ReadGauge[SocketLoad] = ReadGauge(
    "chatstream_sockets_open", "open connections", [], lambda sockets: [((), len(sockets))]
)
QUEUED: ReadGauge[SocketLoad] = ReadGauge(
    "chatstream_sockets_queued_bytes",
    "bytes that wait to be sent to clients",
    [],
    lambda sockets: [((), sockets.queued()[0])],
)
QUEUED_MOST: ReadGauge[SocketLoad] = ReadGauge(
    "chatstream_sockets_queued_most_bytes",
    "bytes that wait for the one client for which most do",
    [],
    lambda sockets: [((), sockets.queued()[1])],
    together=max,
)
HANDSHAKES: ReadGauge[SocketLoad] = ReadGauge(
    "chatstream_handshakes_under_way",
    "connections whose first subscription is not complete",
    [],
    lambda sockets: [((), sockets.handshakes())],
)
