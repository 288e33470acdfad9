"""Erasure in the auth database: the sagas, fake and real alike; the tombstone on Postgres."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol
from uuid import uuid4

import pytest

from chatstream.domain.accounts import AccountAct
from chatstream.domain.erasure import ALARM_ATTEMPTS, delay
from chatstream.errors import Fenced, TransientFailure
from chatstream.ports.accounts import AccountOutcome, AccountWish
from chatstream.ports.erasure import Due, ErasureWish, Sagas
from chatstream.settings import PostgresSettings
from infra.postgres.accounts import PostgresAccountReader, PostgresAccounts
from infra.postgres.epochs import LineEpochs
from infra.postgres.erasure import PostgresErasure, PostgresSagas
from infra.postgres.facts import PostgresFacts
from infra.postgres.pool import Database
from infra.postgres.sessions import PostgresSessions
from infra.tracing import begin
from schemas import codec, records
from schemas.contexts.accounts import ACCOUNT
from schemas.databases import AUTH
from tests.contract.paging import every_entry, refuses_foreign_cursors
from tests.fakes.accounts import FakeHandleKey
from tests.fakes.erasure import FakeSagas

TOPIC = ACCOUNT.response.name
KEYED = FakeHandleKey()


@pytest.fixture
async def database(postgres_auth: str) -> AsyncIterator[Database]:
    database = Database("auth", postgres_auth, PostgresSettings())
    await database.fetch(
        "truncate sagas, saga_steps, accounts, handles, account_facts, lines cascade"
    )
    yield database
    await database.close()


class People:
    """Accounts of the auth database, as one worker writes them."""

    def __init__(self, database: Database, generation: int = 1) -> None:
        self.database = database
        self.generation = generation
        lines = LineEpochs(database, TOPIC)
        self.accounts = PostgresAccounts(database, lines, KEYED)
        self.erasure = PostgresErasure(database, lines, KEYED)
        self.reader = PostgresAccountReader(database)
        self.sessions = PostgresSessions(database, 1000)

    async def sign_up(self, user_id: str) -> str | None:
        """The account id, None when the handle is taken."""
        wish = AccountWish(0, str(uuid4()), str(uuid4()), user_id, "민수", "hash")
        (outcome,) = await self.accounts.carry_out(self.generation, [wish])
        return None if outcome.code else wish.account_id

    async def erase(
        self, account_id: str, saga_id: str | None = None, trace: bytes | None = None
    ) -> AccountOutcome:
        wish = ErasureWish(0, saga_id or str(uuid4()), account_id, trace)
        (outcome,) = await self.erasure.carry_out(self.generation, [wish])
        return outcome


@pytest.fixture
def people(database: Database) -> People:
    return People(database)


async def member(people: People, user_id: str = "minsu") -> str:
    account_id = await people.sign_up(user_id)
    assert account_id is not None
    return account_id


# -- the sagas -------------------------------------------------------------------------------


class World(Protocol):
    """A store of sagas whose time can be moved."""

    sagas: Sagas

    async def begin(self, trace: bytes | None = None) -> str: ...
    async def forward(self, seconds: float) -> None: ...


class FakeWorld:
    def __init__(self) -> None:
        self.fake = FakeSagas()
        self.sagas: Sagas = self.fake

    async def begin(self, trace: bytes | None = None) -> str:
        saga_id = str(uuid4())
        self.fake.begin(saga_id, str(uuid4()), trace)
        return saga_id

    async def forward(self, seconds: float) -> None:
        self.fake.now += seconds


class PostgresWorld:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.people = People(database)
        self.sagas: Sagas = PostgresSagas(database)

    async def begin(self, trace: bytes | None = None) -> str:
        account_id = await member(self.people, f"u{uuid4().hex}")
        saga_id = (await self.people.erase(account_id, trace=trace)).saga_id
        # Another wish for the same account, in a trace of its own, is answered by this saga.
        again = await self.people.erase(account_id, trace=None if trace is None else begin())
        assert again.saga_id == saga_id
        return saga_id

    async def forward(self, seconds: float) -> None:
        await self.database.fetch(
            "update saga_steps set next_at = next_at - %s * interval '1 second'", (seconds,)
        )


@pytest.fixture(params=["fake", "postgres"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "fake":
        return FakeWorld()
    return PostgresWorld(request.getfixturevalue("database"))


async def report(world: World, due: Due, *, done: bool = True) -> None:
    await world.sagas.report(
        due.saga_id, due.step, due.attempt, done=done, problem="", erased={"rows": 2}
    )


async def test_the_steps_are_due_one_after_the_other(world: World) -> None:
    saga_id = await world.begin()
    steps = []
    while found := await world.sagas.due(10):
        (due,) = found
        assert due.saga_id == saga_id
        steps.append(due.step)
        await report(world, due)
    assert steps == ["friend", "coupon", "content", "chat", "notices", "stats", "log"]


@pytest.mark.parametrize("trace", [begin(), None])
async def test_all_steps_are_in_the_trace_that_the_saga_began_in(
    world: World, trace: bytes | None
) -> None:
    await world.begin(trace)
    traces = []
    while found := await world.sagas.due(10):
        traces.append(found[0].trace)
        await report(world, found[0])
    assert traces == [trace] * 7


async def test_a_step_that_was_taken_is_due_again_after_its_delay(world: World) -> None:
    await world.begin()
    for attempt in range(1, 5):
        (due,) = await world.sagas.due(10)
        assert (due.step, due.attempt) == ("friend", attempt)
        await report(world, due, done=False)
        assert not await world.sagas.due(10)
        await world.forward(delay(attempt))


async def test_a_saga_of_before_ends_with_the_steps_it_began_with(database: Database) -> None:
    world = PostgresWorld(database)
    saga_id = await world.begin()
    await database.fetch("delete from saga_steps where step = 'friend'")
    steps = []
    while found := await world.sagas.due(10):
        steps.append(found[0].step)
        await report(world, found[0])
    assert steps == ["coupon", "content", "chat", "notices", "stats", "log"]
    ended = await PostgresSagas(database).saga(saga_id)
    assert ended is not None
    assert ended.ended_at is not None


async def test_a_worker_that_knows_not_all_steps_begins_no_saga(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    account_id = await member(people)
    monkeypatch.setattr("infra.postgres.erasure.ERASURE_STEPS", ("account", "chat", "log"))
    with pytest.raises(TransientFailure):
        await people.erase(account_id)
    assert await people.reader.account(account_id) is not None
    monkeypatch.undo()
    assert (await people.erase(account_id)).code is None


async def test_ends_are_noted_once_and_come_back_with_the_step(world: World) -> None:
    await world.begin()
    (due,) = await world.sagas.due(10)
    await world.sagas.note_ends(due, {"topic": [1, 2]})
    await world.sagas.note_ends(due, {"topic": [9, 9]})
    await world.forward(delay(1))
    (again,) = await world.sagas.due(10)
    assert again.upto == {"topic": [1, 2]}


async def test_several_sagas_are_driven_at_once_and_the_limit_holds(world: World) -> None:
    begun = {await world.begin() for _ in range(5)}
    first = await world.sagas.due(3)
    second = await world.sagas.due(3)
    assert len(first) == 3
    assert {each.saga_id for each in (*first, *second)} == begun


# -- only Postgres ---------------------------------------------------------------------------


async def test_what_was_erased_is_summed_over_attempts_and_counted_once(database: Database) -> None:
    world = PostgresWorld(database)
    saga_id = await world.begin()
    reader = PostgresSagas(database)
    for attempt in (1, 2):
        (due,) = await world.sagas.due(10)
        for _ in range(2):
            await report(world, due, done=attempt == 2)
        await world.forward(delay(attempt))
    saga = await reader.saga(saga_id)
    assert saga is not None
    first = next(step for step in saga.steps if step.step == "friend")
    assert (first.attempts, first.erased) == (2, {"rows": 4})
    assert first.done_at is not None
    assert saga.ended_at is None
    while found := await world.sagas.due(10):
        await report(world, found[0])
    ended = await reader.saga(saga_id)
    assert ended is not None
    assert ended.ended_at is not None
    assert await reader.saga(str(uuid4())) is None


async def test_a_saga_whose_step_keeps_failing_is_counted_as_alarming(world: World) -> None:
    await world.begin()
    for attempt in range(1, ALARM_ATTEMPTS + 1):
        assert await world.sagas.alarming() == 0
        await world.sagas.due(10)
        await world.forward(delay(attempt))
    assert await world.sagas.alarming() == 1


async def test_sagas_that_have_not_ended_are_counted_as_running(database: Database) -> None:
    world = PostgresWorld(database)
    before = await PostgresSagas(database).running()
    await world.begin()
    assert await PostgresSagas(database).running() == before + 1
    while found := await world.sagas.due(10):
        await report(world, found[0])
    assert await PostgresSagas(database).running() == before


async def test_sagas_are_listed_newest_first_by_cursor(database: Database) -> None:
    world = PostgresWorld(database)
    begun = [await world.begin() for _ in range(5)]
    reader = PostgresSagas(database)
    for limit in range(1, 7):
        seen = await every_entry(reader.sagas, limit)
        assert [each.saga_id for each in seen] == begun[::-1], limit
    await database.fetch("update sagas set started_at = (select min(started_at) from sagas)")
    for limit in range(1, 7):
        seen = await every_entry(reader.sagas, limit)
        assert [each.saga_id for each in seen] == sorted(begun, reverse=True), limit
    await refuses_foreign_cursors(reader.sagas)


async def test_two_drivers_never_take_the_same_step(database: Database) -> None:
    world = PostgresWorld(database)
    begun = [await world.begin() for _ in range(6)]
    taken = await asyncio.gather(*(PostgresSagas(database).due(2) for _ in range(4)))
    mine = [each.saga_id for found in taken for each in found]
    assert len(mine) == len(set(mine))
    assert set(mine) <= set(begun)


# -- the tombstone ---------------------------------------------------------------------------


async def test_an_erased_account_cannot_be_found_and_its_logins_end(people: People) -> None:
    account_id = await member(people)
    await people.sessions.open(str(uuid4()), account_id, b"token")
    outcome = await people.erase(account_id)
    assert (outcome.code, outcome.fact_no) == (None, 2)
    assert await people.reader.account(account_id) is None
    assert await people.reader.credentials("minsu") is None
    assert (await people.sessions.rotate(b"token", [b"next"])).account is None
    ((revoked,),) = await people.database.fetch(
        "select count(*) from sessions where revoked_at is null"
    )
    assert revoked == 0


async def test_the_handle_of_an_erased_account_is_never_given_again(people: People) -> None:
    await people.erase(await member(people))
    assert await people.sign_up("minsu") is None
    assert await people.sign_up("unsim") is not None


async def test_no_row_but_the_id_is_left(people: People) -> None:
    account_id = await member(people)
    await people.erase(account_id)
    rows = await people.database.fetch(
        "select a::text from accounts a union all select h::text from handles h"
        " union all select f::text from account_facts f union all select g::text from sagas g"
    )
    text = "\n".join(row for (row,) in rows)
    assert account_id in text
    assert "minsu" not in text.replace(KEYED.of("minsu"), "")
    assert "민수" not in text


async def test_a_repeat_and_a_second_wish_get_the_saga_that_there_is(people: People) -> None:
    account_id, saga_id = await member(people), str(uuid4())
    first = await people.erase(account_id, saga_id)
    assert first.saga_id == saga_id
    for again in (saga_id, str(uuid4())):
        repeat = await people.erase(account_id, again)
        assert (repeat.saga_id, repeat.fact_no, repeat.at) == (saga_id, first.fact_no, first.at)
    assert await people.sign_up("another") is not None


async def test_the_fact_line_reads_back_as_the_record_that_was_told(people: People) -> None:
    account_id, saga_id = await member(people), str(uuid4())
    outcome = await people.erase(account_id, saga_id)
    ((fact_no, body),) = await PostgresFacts({}, {}, {AUTH: people.database}).facts(TOPIC, 0, 1, 9)
    told = records.account_fact(AccountAct.ERASE, saga_id, account_id, outcome)
    assert (fact_no, codec.decode(TOPIC, body)) == (2, told)
    assert isinstance(told, records.AccountErased)
    assert told.saga_id == saga_id


async def test_an_unknown_account_is_refused_and_takes_no_number(people: People) -> None:
    assert (await people.erase(str(uuid4()))).code == "NOT_AUTHENTICATED"
    outcome = await people.erase(await member(people))
    assert outcome.fact_no == 2


async def test_an_older_worker_is_fenced(database: Database) -> None:
    old, new = People(database, 1), People(database, 1)
    account_id = await member(old)
    await member(new, "jieun")
    with pytest.raises(Fenced):
        await old.erase(account_id)
    assert await new.reader.account(account_id) is not None
