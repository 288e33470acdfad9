"""What the hub measures: who listens, what is told, what had to wait or to be read first."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol

from prometheus_client import Counter

from infra.metrics import ReadGauge

_DELIVERED = Counter(
    "chatstream_hub_deliveries", "frames handed to sockets, by subscriptions of what", ["to"]
)
TO_ROOMS = _DELIVERED.labels("room")
TO_ACCOUNTS = _DELIVERED.labels("account")

GAPS = Counter("chatstream_hub_gaps", "gaps that were read from Postgres", ["of"])
GAP_RECORDS = Counter("chatstream_hub_gap_records", "what was read for them", ["of"])


class Gap(StrEnum):
    """Where something was missing: before a subscriber's message, or a change or fact of a line."""

    MESSAGES = "messages"
    CHANGES = "changes"
    FACTS = "facts"


def filled(gap: Gap, found: int) -> None:
    """A page of a gap was read."""
    GAPS.labels(gap).inc()
    GAP_RECORDS.labels(gap).inc(found)


RECOVERED = Counter(
    "chatstream_hub_recovered_records", "messages and changes that SUBSCRIBE brought from Postgres"
)
_HELD = Counter("chatstream_hub_records_held", "records that were not told at once", ["why"])
HELD_BY_ACCESS = _HELD.labels("access_version")
HELD_BY_TAIL = _HELD.labels("tail_behind")
HELD_BY_GAP = _HELD.labels("gap")
HELD_BY_SIZE = _HELD.labels("large_room")
HELD_BY_OTHERS = _HELD.labels("others_before")

GIVEN_UP = Counter(
    "chatstream_hub_rooms_given_up", "rooms whose sockets were closed to recover", ["why"]
)
PASSED_OVER = Counter(
    "chatstream_hub_facts_passed_over", "facts of rooms that were nowhere to be found"
)


class Listened(Protocol):
    """A hub as it is told of."""

    def listeners(self) -> tuple[int, int]:
        """Subscriptions (of rooms, of accounts)."""
        ...

    def waiting(self) -> int:
        """Records that wait to be told."""
        ...


def _listeners(hub: Listened) -> Iterable[tuple[tuple[str], int]]:
    rooms, accounts = hub.listeners()
    return [(("room",), rooms), (("account",), accounts)]


SUBSCRIPTIONS: ReadGauge[Listened] = ReadGauge(
    "chatstream_hub_subscriptions", "subscriptions on this front", ["to"], _listeners
)
WAITING: ReadGauge[Listened] = ReadGauge(
    "chatstream_hub_waiting_records",
    "records that wait to be told",
    [],
    lambda hub: [((), hub.waiting())],
)
