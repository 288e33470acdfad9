"""The periodic check of the table `room_members` against Postgres: measured, told and mended.

One partition of this worker at a time, in pieces, so that memory and pauses stay small. A piece is
read from Postgres with the number of the rooms' fact line at that moment, and compared when the
table has come to that number; what later facts have changed is left out.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from prometheus_client import Counter, Gauge

from agents.periodic_check import PeriodicCheck
from chatstream.domain.member_drift import Drift, HeldMembership, Membership, drift
from chatstream.errors import TransientFailure
from chatstream.ports.rooms import MembershipReader, MembershipsPage
from infra.faust.app import ChatStreamApp
from tables.members import RoomMembers

log = logging.getLogger(__name__)

FIRST: Membership = ("00000000-0000-0000-0000-000000000000",) * 2
PIECE = 1000
# Rows of the table after which others go on, and how long it may take to reach the line.
_ROWS = 1000
_TRIES, _AGAIN = 25, 0.2

DRIFT = Gauge(
    "chatstream_members_drift", "memberships unlike Postgres' at the last check", ["partition"]
)
CHECKS = Counter("chatstream_members_checks", "checks of room_members against Postgres")


class MemberDriftCheck(PeriodicCheck):
    """Compares a partition every `interval` seconds (0: never), and mends what differs."""

    what = "room_members was"

    def __init__(
        self,
        members: RoomMembers,
        readers: Mapping[str, MembershipReader],
        homes: Mapping[int, str],
        interval: float,
    ) -> None:
        super().__init__(interval)
        self._members = members
        self._readers = readers
        self._homes = homes

    async def check(self) -> None:
        """Compare the next partition as a whole; ends early when it moves to another worker.

        Raises TransientFailure when a store is away or the table does not come to the line's end,
        Fenced as DurableTable.write.
        """
        partitions = sorted(self._members.readable())
        if not partitions:
            return
        partition = partitions[next(self.rounds) % len(partitions)]
        after, found = FIRST, 0
        while partition in self._members.readable():
            piece = await self._readers[self._homes[partition]].memberships(partition, after, PIECE)
            found += len(await self._compare(partition, after, piece))
            if piece.is_last:
                DRIFT.labels(partition=str(partition)).set(found)
                CHECKS.inc()
                return
            after = piece.pairs[-1]

    async def _compare(self, partition: int, after: Membership, piece: MembershipsPage) -> Drift:
        await self._reached(partition, piece.line)
        last = None if piece.is_last else piece.pairs[-1]
        found = drift(await self._held(partition, after, last), piece.pairs, piece.line)
        for what, pairs in (("lacks", found.missing), ("has beside Postgres", found.extra)):
            for room_id, account_id in pairs[:10]:
                log.error(
                    "partition %s drifts at fact %s: room_members %s account %s in room %s",
                    *(partition, piece.line, what, account_id, room_id),
                )
        if found:
            await self._members.mend(partition, piece.line, found)
        return found

    async def _reached(self, partition: int, line: int) -> None:
        for _ in range(_TRIES):
            if self._members.line(partition) >= line:
                return
            await self.sleep(_AGAIN)
        held = self._members.line(partition)
        raise TransientFailure(f"partition {partition} has facts up to {held} of {line}")

    async def _held(
        self, partition: int, after: Membership, last: Membership | None
    ) -> dict[Membership, HeldMembership]:
        found: dict[Membership, HeldMembership] = {}
        for number, (pair, entry) in enumerate(self._members.held(partition, after), start=1):
            if last is not None and pair > last:
                break
            found[pair] = entry
            if number % _ROWS == 0:
                await asyncio.sleep(0)
        return found


def register(
    app: ChatStreamApp,
    members: RoomMembers,
    readers: Mapping[str, MembershipReader],
    homes: Mapping[int, str],
) -> None:
    """Run the check in a chat worker."""
    interval = app.chatstream.rooms.check_interval
    app.run_beside(MemberDriftCheck(members, readers, homes, interval))
