"""Everything compared with Postgres, in parts, on real Postgres and Elasticsearch.

Months and rooms of others are on the servers too: a test compares its own month, and walks through
the pages of its own rooms.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace

import pytest

from agents.log_maintenance.verify import LogPart, LogVerifier, PartSizes
from chatstream.domain.documents import Document
from chatstream.domain.log_differences import Discrepancy
from infra.elastic.held_messages import HeldMessages
from infra.embedded.stack import Stack
from infra.postgres.databases import Databases
from infra.postgres.present_messages import PresentMessages
from tests.integration.kept_rig import Kept, a_kept_room

pytestmark = pytest.mark.servers

SIZES = PartSizes(width=4, messages=8, rooms=2, piece=3)
STRANGE = "ffffffff-aaaa-4aaa-8aaa-{:012}"


class OwnRooms(PresentMessages):
    """Postgres with the rooms of one test."""

    def __init__(self, databases: Databases, own: Collection[str]) -> None:
        super().__init__(databases)
        self._own = own

    async def rooms(self, database: str, after: str, limit: int) -> Sequence[tuple[str, int]]:
        found = await super().rooms(database, after, 1_000_000)
        return [each for each in found if each[0] in self._own][:limit]


@pytest.fixture
async def kept(
    servers: Stack, postgres_chat: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Kept]:
    async with a_kept_room(servers, postgres_chat, monkeypatch) as made:
        yield made


async def rooms_of(kept: Kept) -> list[Kept]:
    """A room of 21 messages, and others of three each, some in either database."""
    rooms = [kept]
    while len(rooms) < 7 or len({kept.chat.home_of(each.room_id) for each in rooms}) < 2:
        room_id, owner = await kept.chat.make_room()
        rooms.append(replace(kept, room_id=room_id, owner=owner, said=[]))
    await kept.say(*(f"하나 {number}" for number in range(1, 22)))
    for each in rooms[1:]:
        await each.say("one", "two", "three")
    return rooms


def verifier(kept: Kept, rooms: Sequence[Kept], months: Sequence[str]) -> LogVerifier:
    messages = OwnRooms(kept.chat.databases, {each.room_id for each in rooms})
    held = HeldMessages(kept.client)
    return LogVerifier(messages, held, kept.told.append, months=months, patience=0, sizes=SIZES)


async def documents_of(rooms: Sequence[Kept]) -> list[Document]:
    return [document for each in rooms for document in await each.documents()]


def in_room(document: Document, room_id: str) -> Document:
    """The document as if it were of a room that nobody made."""
    own = {"room": {"id": room_id}, "message": {"seq": 1, "rev": 1, "id": "m"}}
    return replace(document, id=f"{room_id}:1", body={**document.body, "chatstream": own})


async def test_everything_is_in_one_part_and_right_when_nothing_differs(kept: Kept) -> None:
    rooms = await rooms_of(kept)
    await kept.write(await documents_of(rooms))
    looked = verifier(kept, rooms, [kept.month])
    parts = [part async for part in looked.parts()]
    long = [part for part in parts if part.rooms == [kept.room_id]]
    assert [(part.first, part.end) for part in long[:-1]] == [(0, 8), (8, 16)]
    assert (long[-1].first, long[-1].end > 2**40) == (16, True)
    short = [room_id for part in parts if part not in long for room_id in part.rooms]
    assert sorted(short) == sorted(each.room_id for each in rooms[1:])
    assert all(part.rooms and len(part.rooms) <= SIZES.rooms for part in parts)
    assert {part.database for part in parts} == set(looked_databases(kept))
    assert await looked.everything() == {}
    assert kept.told == []


def looked_databases(kept: Kept) -> Sequence[str]:
    return PresentMessages(kept.chat.databases).databases


async def test_what_differs_is_found_in_every_part_and_in_no_room(kept: Kept) -> None:
    rooms = await rooms_of(kept)
    made = {document.id: document for document in await documents_of(rooms)}
    # One in each part of the long room, and in a room of each database.
    for seq in (1, 11, 21):
        del made[f"{kept.room_id}:{seq}"]
    homes = {each.chat.home_of(each.room_id): each for each in rooms[1:]}
    for each in homes.values():
        del made[f"{each.room_id}:2"]
    strangers = [in_room(made[f"{kept.room_id}:2"], STRANGE.format(n)) for n in range(12)]
    await kept.write([*made.values(), *strangers])
    found = await verifier(kept, rooms, [kept.month]).everything()
    assert found == {Discrepancy.MISSING: 3 + len(homes), Discrepancy.EXTRA: 12}
    assert f"room {kept.room_id} message 11: missing" in kept.told
    assert sum("is not in Postgres" in line for line in kept.told) == 10
    assert await verifier(kept, rooms, ["1000.13"]).everything() == {}
    assert await kept.rebuild().run(fewer=True) == 1
    assert await verifier(kept, rooms, [kept.month]).everything() == {}


async def test_a_part_alone_tells_what_is_in_it(kept: Kept) -> None:
    rooms = await rooms_of(kept)
    await kept.write([each for each in await kept.documents() if not each.id.endswith(":11")])
    looked = verifier(kept, rooms, [kept.month])
    looked.begin()
    database = kept.chat.home_of(kept.room_id)
    found = [
        await looked.part(LogPart(database, [kept.room_id], first, first + 8))
        for first in (0, 8, 16)
    ]
    assert found == [{}, {Discrepancy.MISSING: 1}, {}]
