"""ports.copies.CopyReader: one suite for the fakes of the copies and for real Postgres."""

from __future__ import annotations

from typing import Protocol
from uuid import uuid4

import pytest

from chatstream.ports.accounts import Profile
from chatstream.ports.blocks import BlockNews
from chatstream.ports.copies import (
    AccountFact,
    BlockFact,
    CopiedFact,
    CopyReader,
    CopyStore,
    MuteFact,
    NameFact,
)
from chatstream.ports.sanctions import Mute, MuteStore, RoomMute
from chatstream.settings import PostgresSettings
from infra.postgres.blocks import PostgresBlocks
from infra.postgres.copies import PostgresAccountCopies, PostgresCopies
from infra.postgres.mutes import PostgresMutes
from infra.postgres.pool import Database
from infra.postgres.profiles import PostgresProfiles
from tests.contract.chat_rig import Chat
from tests.fakes.copies import FakeCopies

AT = "2126-11-21T12:00:00.000Z"
LATER = "2126-11-21T13:00:00.000Z"


class World(Protocol):
    """The copies in one database, and their reader."""

    copies: CopyReader
    profiles: CopyStore[Profile]
    blocks: CopyStore[BlockNews]
    mutes: MuteStore


class FakeWorld:
    def __init__(self) -> None:
        fake = FakeCopies()
        self.copies: CopyReader = fake
        self.profiles: CopyStore[Profile] = fake.profiles
        self.blocks: CopyStore[BlockNews] = fake.blocks
        self.mutes: MuteStore = fake.mutes


class PostgresWorld:
    def __init__(self, chat: Chat) -> None:
        database = next(iter(chat.databases.chat.values()))
        self.copies: CopyReader = PostgresCopies(database)
        self.profiles: CopyStore[Profile] = PostgresProfiles(database)
        self.blocks: CopyStore[BlockNews] = PostgresBlocks(database)
        self.mutes: MuteStore = PostgresMutes(database)


@pytest.fixture(params=["fake", "postgres"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "fake":
        return FakeWorld()
    return PostgresWorld(request.getfixturevalue("chat"))


def mute(sanction_id: str, fact_no: int, until: str = LATER, room_id: str | None = None) -> Mute:
    return Mute(sanction_id, str(uuid4()), room_id, "repeat", until, LATER, fact_no)


async def test_nothing_is_there_before_it_is_copied(world: World) -> None:
    one, other, third = (str(uuid4()) for _ in range(3))
    facts: list[CopiedFact] = [AccountFact(one, 1), BlockFact(one, other, 1), MuteFact(third, 1)]
    assert list(await world.copies.applied(facts)) == []
    assert list(await world.copies.applied([])) == []


@pytest.mark.parametrize(("copied", "is_there"), [(4, False), (5, True), (6, True)])
async def test_a_fact_is_there_with_itself_or_a_later_one_of_its_subject(
    world: World, copied: int, is_there: bool
) -> None:
    one, other, third = (str(uuid4()) for _ in range(3))
    await world.profiles.keep([Profile(one, copied, f"u{one[:8]}", "name")])
    await world.blocks.keep([BlockNews(one, other, copied, holds=False)])
    await world.mutes.keep([mute(third, copied)])
    facts: list[CopiedFact] = [AccountFact(one, 5), BlockFact(one, other, 5), MuteFact(third, 5)]
    strangers: list[CopiedFact] = [AccountFact(other, 5), BlockFact(other, one, 5)]
    strangers.append(MuteFact(one, 5))
    found = await world.copies.applied([*strangers, *facts])
    assert set(found) == (set(facts) if is_there else set())
    assert len(found) == len(set(found))


async def test_an_erased_account_is_past_every_fact(world: World) -> None:
    one = str(uuid4())
    await world.profiles.keep([Profile(one, 0)])
    assert list(await world.copies.applied([AccountFact(one, 7)])) == [AccountFact(one, 7)]


async def test_many_at_once_are_told_apart(world: World) -> None:
    people = [str(uuid4()) for _ in range(40)]
    await world.profiles.keep([Profile(each, 3, f"u{each[:13]}", "name") for each in people[::2]])
    facts = [AccountFact(each, 3) for each in people]
    assert set(await world.copies.applied(facts)) == set(facts[::2])


async def test_a_mute_of_a_room_is_known_as_lifted_by_its_account_room_and_end(
    world: World,
) -> None:
    room_id, sanction_id = str(uuid4()), str(uuid4())
    held = mute(sanction_id, 1, room_id=room_id)
    asked = [
        RoomMute(held.account_id, room_id, LATER),
        RoomMute(held.account_id, room_id, AT),
        RoomMute(held.account_id, str(uuid4()), LATER),
        RoomMute(str(uuid4()), room_id, LATER),
    ]
    await world.mutes.keep([held])
    assert list(await world.mutes.lifted(asked)) == []
    await world.mutes.keep([Mute(sanction_id, held.account_id, room_id, "repeat", AT, LATER, 2)])
    assert list(await world.mutes.lifted(asked)) == asked[:1]


async def test_a_database_of_accounts_alone_knows_them_and_their_names(
    postgres_friend: str,
) -> None:
    database = Database("friend", postgres_friend, PostgresSettings())
    copies, profiles = PostgresAccountCopies(database), PostgresProfiles(database)
    one, gone, late = (str(uuid4()) for _ in range(3))
    await profiles.keep([Profile(one, 5, f"u{one[:8]}", "name"), Profile(gone, 6)])
    there: list[CopiedFact] = [AccountFact(one, 5), NameFact(one, 4), NameFact(gone, 9)]
    assert {AccountFact, NameFact} == set(copies.kinds)
    found = await copies.applied([NameFact(one, 6), AccountFact(late, 1), *there])
    assert set(found) == set(there)
    await database.close()
