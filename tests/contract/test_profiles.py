"""Copies of profiles and ports.accounts.ProfileReader: one suite for fake and real Postgres."""

from __future__ import annotations

import random
from uuid import uuid4

import pytest

from chatstream.ports.accounts import Profile, ProfileReader
from chatstream.ports.copies import CopyStore
from infra.postgres.profiles import PostgresProfileReader, PostgresProfiles
from tests.contract.chat_rig import Chat
from tests.fakes.people import FakeProfiles

World = tuple[CopyStore[Profile], ProfileReader]


@pytest.fixture(params=["fake", "postgres"])
def world(request: pytest.FixtureRequest) -> World:
    """A store and a reader of what it holds."""
    if request.param == "fake":
        fake = FakeProfiles()
        return fake, fake
    chat: Chat = request.getfixturevalue("chat")
    databases = chat.databases.chat
    return PostgresProfiles(next(iter(databases.values()))), PostgresProfileReader(databases)


async def test_the_newest_name_stays_in_whatever_order_the_facts_come(
    world: World,
) -> None:
    store, reader = world
    shuffler = random.Random(20261121)
    for _ in range(20):
        account_id = str(uuid4())
        handle = f"u{account_id[:8]}"
        facts = [Profile(account_id, number, handle, f"name {number}") for number in range(1, 6)]
        told = facts + shuffler.choices(facts, k=3)
        shuffler.shuffle(told)
        cut = shuffler.randrange(1, len(told))
        await store.keep(told[:cut])
        await store.keep(told[cut:])
        assert await reader.names([account_id]) == {account_id: (handle, "name 5")}


async def test_unknown_accounts_are_left_out(world: World) -> None:
    _, reader = world
    assert await reader.names([str(uuid4())]) == {}
    assert await reader.names([]) == {}
