"""Messages that a search is measured among: in Elasticsearch by the sink's path, in Postgres."""

from __future__ import annotations

import asyncio
import csv
import io
import random
import time
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate, islice

from chatstream.domain.documents import IndexedMessage, search_document
from chatstream.settings import ElasticSettings
from infra.elastic.client import connect
from infra.elastic.sink import ElasticDocuments
from tests.bench.text import messages
from tests.generated import analyze, clear, cursor_on, fill, homes_of, room_ids

SENDERS = 50
MONTHS = tuple(f"2025-{month:02d}" for month in range(1, 13))
OWN = 50
"""Rooms of whoever searches; they are the largest ones."""
ROOMS = 1_000
"""All rooms; their sizes are distributed after Zipf, so that the largest has an eighth."""

_BATCH, _AT_ONCE = 1_000, 4
_BATCHES_AT_ONCE = 20
_COPY = """
copy messages (room_id, seq, account_id, message_id, body, created_at, fact_no, partition)
from stdin with (format csv)
"""
_PARTITION = 100  # no fact line's, so that `clear` finds them


@dataclass
class Searched:
    """What lies there: rooms of the searcher (largest first), the rest, how fast it was indexed."""

    own: Sequence[str]
    others: Sequence[str]
    homes: Mapping[str, str]
    rate: float = 0.0
    seqs: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def said(self, count: int) -> Iterator[IndexedMessage]:
        """Messages of 3 to 20 Korean and English words, spread over rooms and months."""
        chance = random.Random(7)
        rooms = [*self.own, *self.others]
        weights = list(accumulate(1 / rank for rank in range(1, len(rooms) + 1)))
        for text in messages(7, count):
            [room] = chance.choices(rooms, cum_weights=weights)
            self.seqs[room] += 1
            seq, sender = self.seqs[room], chance.randrange(SENDERS)
            day, second = chance.randint(1, 28), chance.randrange(86_400)
            clock = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
            yield IndexedMessage(
                room_id=room,
                seq=seq,
                rev=seq,
                message_id=str(uuid.UUID(int=chance.getrandbits(128))),
                account_id=str(uuid.UUID(int=sender + 1)),
                user_id=f"sender{sender}",
                user_name=f"Sender {sender}",
                text=text,
                at=f"{chance.choice(MONTHS)}-{day:02d}T{clock}.000Z",
            )


@contextmanager
def searched(
    dsns: Mapping[str, str], settings: ElasticSettings, account_id: str, count: int
) -> Iterator[Searched]:
    """So many messages; those of the account's rooms in Postgres too, and gone from it afterwards.

    Whatever is found is shown as Postgres has it: a hit that is not there would be another path.
    """
    by_database = room_ids(homes_of(next(iter(dsns.values()))), OWN)
    homes = {room: name for name, rooms in by_database.items() for room in rooms}
    others = [str(uuid.uuid4()) for _ in range(ROOMS - OWN)]
    found = Searched(sorted(homes), others, homes)
    try:
        fill(dsns, by_database, account_id, members=10, messages=0)
        asyncio.run(_load(found, dsns, settings, count))
        analyze(dsns)
        yield found
    finally:
        clear(dsns, by_database)


async def _load(
    found: Searched, dsns: Mapping[str, str], settings: ElasticSettings, count: int
) -> None:
    said, spent = found.said(count), 0.0
    async with connect(settings) as client:
        store = ElasticDocuments(client, settings)
        while batch := list(islice(said, _BATCH * _BATCHES_AT_ONCE)):
            began = time.perf_counter()
            await _index(store, batch)
            spent += time.perf_counter() - began
            await asyncio.to_thread(_store, found, dsns, batch)
        await client.indices.refresh(index="chatstream-messages-*")
    found.rate = count / spent
    for room in found.own:
        with cursor_on(dsns[found.homes[room]]) as cursor:
            head = found.seqs[room]
            cursor.execute(
                "update rooms set head = %s, rev = %s where room_id = %s", (head, head, room)
            )


async def _index(store: ElasticDocuments, said: Sequence[IndexedMessage]) -> None:
    batches = iter([said[first : first + _BATCH] for first in range(0, len(said), _BATCH)])

    async def write() -> None:
        for batch in batches:
            written = await store.write([search_document(message) for message in batch])
            if written.refused or written.delayed:
                raise RuntimeError(f"not indexed: {written}")

    await asyncio.gather(*(write() for _ in range(_AT_ONCE)))


def _store(found: Searched, dsns: Mapping[str, str], said: Iterable[IndexedMessage]) -> None:
    rows: dict[str, list[IndexedMessage]] = defaultdict(list)
    for message in said:
        if message.room_id in found.homes:
            rows[found.homes[message.room_id]].append(message)
    for name, own in rows.items():
        text = io.StringIO()
        csv.writer(text).writerows(
            (m.room_id, m.seq, m.account_id, m.message_id, m.text, m.at, m.seq, _PARTITION)
            for m in own
        )
        text.seek(0)
        with cursor_on(dsns[name]) as cursor:
            cursor.copy_expert(_COPY, text)
