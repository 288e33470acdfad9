"""Texts for a room that their sender is not in: refused before anybody reads them.

The rules against abuse take up to milliseconds for a text, and what is refused for want of a
membership counts for nothing with them, so nobody would ever be muted for it. Whom the table
`room_members` does not hold is looked up in Postgres; the table alone refuses nobody, for it is
written after a join is answered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from prometheus_client import Counter

from agents.messages.verdicts import PlacedWish
from chatstream.errors import ErrorCode
from chatstream.ports.rooms import MembershipReader
from tables.members import RoomMembers

REFUSED = Counter("chatstream_outsiders_refused", "texts refused unread: their senders are outside")
DOUBTED = Counter("chatstream_outsiders_doubted", "texts whose senders were looked up for that")


class Outsiders:
    """Finds them in a batch; `readers` by lane. A batch that is tried again is judged alike."""

    def __init__(self, members: RoomMembers, readers: Mapping[str, MembershipReader]) -> None:
        self._members = members
        self._readers = readers
        self._under_way: dict[str, tuple[Sequence[PlacedWish], Mapping[int, ErrorCode]]] = {}

    async def among(self, lane: str, said: Sequence[PlacedWish]) -> Mapping[int, ErrorCode]:
        """By its index, why a wish of the lane's batch is refused: ROOM_NOT_FOUND, NOT_A_MEMBER.

        Only new messages: the refusal of an edit must be kept, which is the store's. And none that
        is stored, or whose account is erased: the store answers those. Raises TransientFailure when
        the database is away.
        """
        held = self._under_way.get(lane)
        if held is None or held[0] != said:
            found = await self._confirmed(lane, said, self._doubtful(said))
            held = self._under_way[lane] = (said, found)
            REFUSED.inc(len(found))
        return held[1]

    def finish(self, lane: str) -> None:
        """The batch is done."""
        self._under_way.pop(lane, None)

    def _doubtful(self, said: Sequence[PlacedWish]) -> list[int]:
        by_partition: dict[int, set[tuple[str, str]]] = defaultdict(set)
        for each in said:
            if each.is_new:
                by_partition[each.partition].add(each.key)
        strangers = {
            key
            for partition, asked in by_partition.items()
            for key in self._members.strangers(partition, asked)
        }
        if not strangers:
            return []
        return [n for n, each in enumerate(said) if each.is_new and each.key in strangers]

    async def _confirmed(
        self, lane: str, said: Sequence[PlacedWish], doubtful: Sequence[int]
    ) -> Mapping[int, ErrorCode]:
        if not doubtful:
            return {}
        DOUBTED.inc(len(doubtful))
        found = await self._readers[lane].outsiders([said[n].identity for n in doubtful])
        return {doubtful[index]: code for index, code in found.items()}
