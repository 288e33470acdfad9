"""The search's documents compared with the messages in Postgres.

What was last changed after the moment at which a comparison began is left out; what came shortly
before it has some seconds to arrive: it is asked for again until they are over. Counts are compared
first, by room, month and some seqs in a row, so that the texts of a slot are read only where they
differ; of every slot some documents are compared whole. A page of rooms, or a part of a long one,
is in memory at a time.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from chatstream.domain.log_differences import (
    Discrepancy,
    DocumentTally,
    HeldDocument,
    MessagePlace,
    MessageSlot,
    PresentMessage,
    judge,
)
from infra.elastic.held_messages import HeldMessages
from infra.postgres.present_messages import PresentMessages

_FIRST = "00000000-0000-0000-0000-000000000000"
_SHOWN = 10
_AGAIN = 0.5
_END = 2**53

Say = Callable[[str], None]
Found = Counter[Discrepancy]


@dataclass(frozen=True, slots=True)
class LogPart:
    """What is compared at once: some rooms of a database, or a part of one room's seqs."""

    database: str
    rooms: Sequence[str]
    first: int = 0
    end: int = _END


@dataclass(frozen=True, slots=True)
class PartSizes:
    """How much is compared at once.

    `width`: seqs of a slot; `messages` and `rooms` of a part, the messages a multiple of `width`;
    `piece`: messages whose texts are in memory together.
    """

    width: int = 5_000
    messages: int = 50_000
    rooms: int = 200
    piece: int = 500


class LogVerifier:
    """Compares; `say` is told the first differences of each part, by ids, never by texts.

    `months` (YYYY.MM) limits it, `patience` is in seconds. Raises TransientFailure when a store is
    away.
    """

    def __init__(
        self,
        messages: PresentMessages,
        held: HeldMessages,
        say: Say,
        *,
        months: Collection[str] = (),
        patience: float = 30.0,
        sizes: PartSizes = PartSizes(),
    ) -> None:
        self._messages = messages
        self._held = held
        self._say = say
        self._months = frozenset(months)
        self._patience = patience
        self._sizes = sizes
        self._moment = self._until = 0.0

    async def everything(self) -> Found:
        """Every room in Postgres, and every room that a document is of."""
        found: Found = Counter()
        self.begin()
        async for part in self.parts():
            found += await self.part(part)
        return found + await self.strangers()

    async def rooms(self, room_ids: Sequence[str]) -> Found:
        """These rooms alone."""
        found: Found = Counter()
        self.begin()
        known = sorted((await self._messages.known(room_ids)).items(), key=lambda pair: pair[1])
        for database, pairs in groupby(known, key=lambda pair: pair[1]):
            found += await self.part(LogPart(database, [room_id for room_id, _ in pairs]))
        return found + await self._unknown(room_ids)

    def begin(self) -> None:
        """The moment up to which is compared is this one, and patience begins."""
        self._moment = time.time()
        self._until = self._moment + self._patience

    async def parts(self) -> AsyncIterator[LogPart]:
        """All rooms, in parts of about as many messages; the next page is read when it is due."""
        for database in self._messages.databases:
            after = _FIRST
            while page := await self._messages.rooms(database, after, self._sizes.rooms):
                for part in self._parts(database, page):
                    yield part
                after = page[-1][0]

    async def part(self, part: LogPart) -> Found:
        """Compare a part."""
        span = part.rooms, part.first, part.end, self._sizes.width
        right = await self._messages.tallies(part.database, *span)
        await self._held.refresh()
        held = await self._held.tallies(*span)
        found: Found = Counter()
        doubtful = await self._unlike(part, self._samples(right))
        for slot in sorted(right.keys() | held.keys()):
            if self._leaves_out(slot.month):
                continue
            if not _is_like(right.get(slot), held.get(slot)):
                found += await self._settle(part, await self._drill(part, slot))
                doubtful = {each for each in doubtful if not self._is_in(each, slot)}
        return found + await self._settle(part, doubtful)

    async def strangers(self) -> Found:
        """Documents of rooms that are not in Postgres."""
        found: Found = Counter()
        async for page in self._held.rooms():
            found += await self._unknown(page)
        return found

    async def _unknown(self, room_ids: Sequence[str]) -> Found:
        strange = sorted(set(room_ids) - (await self._messages.known(room_ids)).keys())
        if not strange:
            return Counter()
        held = await self._held.tallies(strange, 0, _END, self._sizes.width)
        counts = {
            slot: tally.count for slot, tally in held.items() if not self._leaves_out(slot.month)
        }
        for room_id in sorted({slot.room_id for slot in counts})[:_SHOWN]:
            self._say(f"room {room_id}: is not in Postgres")
        return +Counter({Discrepancy.EXTRA: sum(counts.values())})

    def _samples(self, right: Mapping[MessageSlot, DocumentTally]) -> set[MessagePlace]:
        """The newest message of each slot and one at random; one that is not there is no harm."""
        places = set()
        for slot, tally in right.items():
            lowest = max(1, slot.number * self._sizes.width)
            seqs = tally.newest, random.randint(lowest, max(lowest, tally.newest))  # noqa: S311
            places |= {MessagePlace(slot.room_id, seq) for seq in seqs}
        return places

    async def _drill(self, part: LogPart, slot: MessageSlot) -> set[MessagePlace]:
        """Every message of the slot's seqs that differs, of whatever month."""
        found: set[MessagePlace] = set()
        width, piece = self._sizes.width, self._sizes.piece
        first = slot.number * width
        for begin in range(first, first + width, piece):
            span = slot.room_id, begin, min(begin + piece, first + width)
            right = await self._messages.span(part.database, *span)
            found |= self._differing(right, await self._held.span(*span)).keys()
        return found

    async def _settle(self, part: LogPart, places: Collection[MessagePlace]) -> Found:
        """Ask again until nothing differs or patience is over; then tell what does.

        What differs has done so when asked twice: between two answers it may have changed.
        """
        left, is_over = set(places), False
        while left:
            differing: dict[MessagePlace, Discrepancy] = {}
            for piece in self._pieces(sorted(left)):
                differing |= await self._ask(part, piece)
            if is_over or not differing:
                return self._told(differing)
            left, is_over = set(differing), time.time() > self._until
            await asyncio.sleep(_AGAIN)
            await self._held.refresh()
        return Counter()

    async def _unlike(self, part: LogPart, places: Collection[MessagePlace]) -> set[MessagePlace]:
        found: set[MessagePlace] = set()
        for piece in self._pieces(sorted(places)):
            found |= (await self._ask(part, piece)).keys()
        return found

    async def _ask(
        self, part: LogPart, piece: Sequence[MessagePlace]
    ) -> Mapping[MessagePlace, Discrepancy]:
        right = await self._messages.at(part.database, piece)
        return self._differing(right, await self._held.at(piece))

    def _differing(
        self,
        right: Mapping[MessagePlace, PresentMessage],
        held: Mapping[MessagePlace, Sequence[HeldDocument]],
    ) -> dict[MessagePlace, Discrepancy]:
        found = {}
        for place in right.keys() | held.keys():
            present, documents = right.get(place), held.get(place, ())
            if present is not None and self._is_left_out(present):
                continue
            if (kind := _judged(present, documents)) is not None:
                found[place] = kind
        return found

    def _is_left_out(self, present: PresentMessage) -> bool:
        if present.changed > self._moment:
            return True
        return self._leaves_out(present.message.at[:7].replace("-", "."))

    def _leaves_out(self, month: str) -> bool:
        return bool(self._months) and month not in self._months

    def _told(self, differing: Mapping[MessagePlace, Discrepancy]) -> Found:
        for place, kind in sorted(differing.items())[:_SHOWN]:
            self._say(f"room {place.room_id} message {place.seq}: {kind}")
        if len(differing) > _SHOWN:
            self._say(f"and {len(differing) - _SHOWN} more")
        return Counter(differing.values())

    def _parts(self, database: str, page: Sequence[tuple[str, int]]) -> list[LogPart]:
        """The rooms in parts; one with more messages than are compared at once in several."""
        found, rooms, total, most = [], list[str](), 0, self._sizes.messages
        for room_id, head in page:
            if head > most:
                spans = range(0, head + 1, most)
                ends = zip(spans, [*spans[1:], _END], strict=True)
                found += [LogPart(database, [room_id], first, end) for first, end in ends]
                continue
            if rooms and total + head > most:
                found.append(LogPart(database, rooms))
                rooms, total = [], 0
            rooms.append(room_id)
            total += head
        return [*found, LogPart(database, rooms)] if rooms else found

    def _is_in(self, place: MessagePlace, slot: MessageSlot) -> bool:
        return place.room_id == slot.room_id and place.seq // self._sizes.width == slot.number

    def _pieces(self, places: Sequence[MessagePlace]) -> list[Sequence[MessagePlace]]:
        piece = self._sizes.piece
        return [places[begin : begin + piece] for begin in range(0, len(places), piece)]


def _judged(
    present: PresentMessage | None, documents: Sequence[HeldDocument]
) -> Discrepancy | None:
    if len(documents) > 1:
        return Discrepancy.EXTRA
    return judge(present, documents[0] if documents else None)


def _is_like(right: DocumentTally | None, held: DocumentTally | None) -> bool:
    return right is not None and right.is_like(held)
