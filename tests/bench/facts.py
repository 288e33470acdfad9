"""Facts of messages that nobody sent, for counting alone."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from chatstream.domain.partitions import partition_of
from chatstream.domain.times import now_text
from schemas import records
from tests.bench.text import zipf

WORDS_OF_A_MESSAGE = 8
ACCOUNTS = 200


class Facts:
    """Lines that grow: Zipf text in rooms of every partition, half of them open."""

    def __init__(self, vocabulary: int, rooms: int, partitions: int, seed: int = 1) -> None:
        self.heads = dict.fromkeys(range(partitions), 0)
        self._texts = zipf(seed, vocabulary, WORDS_OF_A_MESSAGE)
        self._chance = random.Random(seed)
        self._rooms: list[str] = []
        found: dict[int, int] = defaultdict(int)
        number = 0
        while len(self._rooms) < max(rooms, partitions):
            number += 1
            room_id = str(UUID(int=number))
            if found[partition := partition_of(room_id, partitions)] <= rooms // partitions:
                found[partition] += 1
                self._rooms.append(room_id)

    def next(
        self, text: str | None = None, room_id: str | None = None, at: str | None = None
    ) -> tuple[int, bytes]:
        """The next fact: its partition, and the record; `at` is when it was stored."""
        room_id = room_id or self._chance.choice(self._rooms)
        partition = partition_of(room_id, len(self.heads))
        self.heads[partition] += 1
        number = self.heads[partition]
        fact = records.MessageStored(
            fact_no=number,
            room_id=room_id,
            seq=number,
            rev=number,
            message_id=str(UUID(int=number)),
            account_id=str(UUID(int=self._chance.randrange(ACCOUNTS))),
            user_id="bench",
            user_name="Bench",
            message=text or next(self._texts),
            created_at=at or now_text(),
            access_version=1,
            room_kind="open" if UUID(room_id).int % 2 else "group",
        )
        return partition, records.encode(fact)

    def everywhere(self, text: str) -> Iterator[tuple[int, bytes]]:
        """One fact with this text in every partition."""
        rooms = {partition_of(room, len(self.heads)): room for room in reversed(self._rooms)}
        return (self.next(text, room) for room in rooms.values())
