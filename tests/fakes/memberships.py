"""An in-memory MembershipReader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chatstream.domain.partitions import partition_of
from chatstream.errors import ErrorCode
from chatstream.ports.rooms import MembershipsPage
from tests.fakes.room_store import PARTITIONS, FakeRoomStore


@dataclass
class FakeMemberships:
    """ports.rooms.MembershipReader over a FakeRoomStore.

    `said` are the (room, account, message id) that are stored; `asked` is what was looked up.
    """

    store: FakeRoomStore
    said: set[tuple[str, str, str]] = field(default_factory=set)
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    async def outsiders(self, asked: Sequence[tuple[str, str, str]]) -> Mapping[int, ErrorCode]:
        self.asked += asked
        found = {index: self._outside(*each) for index, each in enumerate(asked)}
        return {index: code for index, code in found.items() if code is not None}

    def _outside(self, room_id: str, account_id: str, message_id: str) -> ErrorCode | None:
        if account_id in self.store.gone or (room_id, account_id, message_id) in self.said:
            return None
        if not self._is_there(room_id):
            return ErrorCode.ROOM_NOT_FOUND
        return None if account_id in self.store.members[room_id] else ErrorCode.NOT_A_MEMBER

    def _is_there(self, room_id: str) -> bool:
        return room_id in self.store.rooms and not self.store.rooms[room_id].deleted

    async def memberships(
        self, partition: int, after: tuple[str, str], limit: int
    ) -> MembershipsPage:
        found = sorted(
            (room_id, account_id)
            for room_id, members in self.store.members.items()
            if partition_of(room_id, PARTITIONS) == partition and self._is_there(room_id)
            for account_id in members
            if (room_id, account_id) > after
        )
        pairs = tuple(found[:limit])
        return MembershipsPage(self.store.heads[partition], pairs, is_last=len(pairs) < limit)
