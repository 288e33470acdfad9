"""The words of one room: from the worker that owns its partition, whichever is asked."""

from __future__ import annotations

import msgspec

from chatstream.domain.partitions import partition_of
from chatstream.domain.times import now_text
from tables.room_words import RoomWords
from web.counts.peers import Client, Remote, in_time, owner_of
from web.counts.words import WordsAnswer

# Words and counts, most said first; None: not from this worker.
Top = list[tuple[str, int]] | None


class RoomGather:
    """Answers for any room, by asking its owner."""

    _decoder = msgspec.json.Decoder(Top)

    def __init__(self, rooms: RoomWords, client: Client, partitions: int, timeout: float) -> None:
        self._rooms = rooms
        self._client = client
        self._partitions = partitions
        self._timeout = timeout

    async def local(self, room_id: str, limit: int) -> Top:
        """The most said words of the room, if this worker can read it."""
        return await self._rooms.top(partition_of(room_id, self._partitions), room_id, limit)

    async def top(self, room_id: str, limit: int) -> WordsAnswer:
        """The most said words of the room; incomplete and empty while nobody can read it."""
        as_of = now_text()
        found = await self.local(room_id, limit)
        if found is None:
            found = await self._of_owner(room_id, limit)
        return WordsAnswer(found or [], as_of, found is not None, 1, int(found is not None))

    async def _of_owner(self, room_id: str, limit: int) -> Top:
        partition = partition_of(room_id, self._partitions)
        url = owner_of(self._rooms.app, self._rooms.table, partition)
        if url is None:
            return None
        path = f"/internal/partial/rooms/{room_id}/words?limit={limit}"
        return await in_time(Remote(self._client, url).get(path, self._decoder), self._timeout)
