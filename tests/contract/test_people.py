"""ports.people: one suite for the fake and for real Postgres, then what only Postgres has."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator
from functools import partial
from typing import Any, Protocol
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatstream.domain.people import FriendAct
from chatstream.errors import ErrorCode, Fenced, UserError
from chatstream.ports.accounts import Profile
from chatstream.ports.copies import BlockFact
from chatstream.ports.people import FriendChangeOutcome, FriendChangeWish, FriendStore, PeopleReader
from chatstream.settings import PostgresSettings
from infra.postgres.epochs import LineEpochs
from infra.postgres.facts import PostgresFacts
from infra.postgres.friend_erasure import PostgresFriendEraser
from infra.postgres.friends import PostgresFriends
from infra.postgres.people import SEARCH, PostgresPeople
from infra.postgres.pool import Database
from infra.postgres.profiles import PostgresProfiles
from schemas import records
from schemas.contexts.friends import FRIEND
from schemas.databases import FRIEND as FRIEND_DATABASE
from tests.contract.paging import every_entry, refuses_foreign_cursors
from tests.fakes.people import FakePeople

TOPIC = FRIEND.response.name
GENERATION = 1


class World(Protocol):
    """Accounts, and what they decide about each other."""

    store: FriendStore
    people: PeopleReader

    async def sign_up(self, user_id: str, name: str) -> str: ...
    async def erase(self, account_id: str) -> None: ...


class FakeWorld:
    def __init__(self) -> None:
        self.fake = FakePeople()
        self.store: FriendStore = self.fake
        self.people: PeopleReader = self.fake

    async def sign_up(self, user_id: str, name: str) -> str:
        account_id = str(uuid4())
        self.fake.add(account_id, user_id, name)
        return account_id

    async def erase(self, account_id: str) -> None:
        self.fake.erase(account_id)


class PostgresWorld:
    def __init__(self, database: Database) -> None:
        self.profiles = PostgresProfiles(database)
        self.eraser = PostgresFriendEraser(database)
        self.store: FriendStore = PostgresFriends(database, LineEpochs(database, TOPIC))
        self.people: PeopleReader = PostgresPeople(database)

    async def sign_up(self, user_id: str, name: str) -> str:
        account_id = str(uuid4())
        await self.profiles.keep([Profile(account_id, 1, user_id, name)])
        return account_id

    async def erase(self, account_id: str) -> None:
        await self.eraser.erase(account_id)


@pytest.fixture
async def database(postgres_friend: str) -> AsyncIterator[Database]:
    database = Database("friend", postgres_friend, PostgresSettings())
    await _empty(database)
    yield database
    await database.close()


async def _empty(database: Database) -> None:
    await database.fetch("truncate profiles, friend_facts, settled_wishes, lines cascade")


@pytest.fixture(params=["fake", "postgres"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "fake":
        return FakeWorld()
    return PostgresWorld(request.getfixturevalue("database"))


def wish(actor: str, act: FriendAct, target: str, partition: int = 0) -> FriendChangeWish:
    return FriendChangeWish(partition, str(uuid4()), actor, f"u{actor[:13]}", act, target)


async def do(world: World, actor: str, act: FriendAct, target: str) -> FriendChangeOutcome:
    (outcome,) = await world.store.carry_out(GENERATION, [wish(actor, act, target)])
    return outcome


async def friends(world: World, account_id: str) -> list[str]:
    return [one.user_id for one in (await world.people.friends(account_id, None, 100))[0]]


async def blocks(world: World, account_id: str) -> list[str]:
    return [one.user_id for one in (await world.people.blocks(account_id, None, 100))[0]]


async def found(world: World, account_id: str, prefix: str) -> list[str]:
    return [one.user_id for one in await world.people.search(account_id, prefix, 20)]


async def test_friends_are_ones_own_list_by_name(world: World) -> None:
    minsu = await world.sign_up("minsu", "민수")
    jieun = await world.sign_up("jieun", "지은")
    await world.sign_up("alex", "alex")
    for target in ("minsu", "alex"):
        assert (await do(world, jieun, FriendAct.ADD, target)).change is not None
    assert await friends(world, jieun) == ["alex", "minsu"]
    assert await friends(world, minsu) == []
    assert (await do(world, jieun, FriendAct.REMOVE, "minsu")).change is not None
    assert await friends(world, jieun) == ["alex"]


async def test_a_repeat_gets_its_fact_and_doing_it_twice_changes_nothing(world: World) -> None:
    minsu = await world.sign_up("minsu", "민수")
    await world.sign_up("jieun", "지은")
    adding = wish(minsu, FriendAct.ADD, "jieun")
    (first,) = await world.store.carry_out(GENERATION, [adding])
    assert first.change is not None
    assert (first.change.fact_no, first.change.target_user_id) == (1, "jieun")
    again = await world.store.carry_out(GENERATION, [wish(minsu, FriendAct.ADD, "jieun"), adding])
    assert [(one.wish, one.change, one.code) for one in again] == [
        (1, first.change, None),
        (0, None, None),
    ]
    (fresh,) = await world.store.carry_out(GENERATION, [wish(minsu, FriendAct.REMOVE, "jieun")])
    assert fresh.change is not None
    assert fresh.change.fact_no == 2


async def test_what_changed_nothing_changes_nothing_later(world: World) -> None:
    me, _ = await world.sign_up("minsu", "민수"), await world.sign_up("jieun", "지은")
    acts = (FriendAct.UNBLOCK, FriendAct.BLOCK, FriendAct.ADD, FriendAct.BLOCK)
    asked = [wish(me, act, "jieun") for act in acts]
    told = [(await world.store.carry_out(GENERATION, [each]))[0] for each in asked]
    assert [each.change is not None for each in told] == [False, True, False, False]
    assert told[2].code is ErrorCode.BLOCKED
    for each, before in zip(asked, told, strict=True):  # their records come once more
        (again,) = await world.store.carry_out(GENERATION, [each])
        assert (again.change, again.code) == (before.change, before.code)
    assert await blocks(world, me) == ["jieun"]
    await do(world, me, FriendAct.UNBLOCK, "jieun")
    for each in asked:
        await world.store.carry_out(GENERATION, [each])
    assert (await blocks(world, me), await friends(world, me)) == ([], [])


async def test_the_newest_fact_of_a_block_is_known_also_when_it_ended(world: World) -> None:
    minsu = await world.sign_up("minsu", "민수")
    jieun = await world.sign_up("jieun", "지은")
    await do(world, minsu, FriendAct.ADD, "jieun")
    await do(world, jieun, FriendAct.BLOCK, "minsu")
    assert await world.people.block_fact(minsu, "jieun") is None
    assert await world.people.block_fact(minsu, "nobody") is None
    for act in (FriendAct.BLOCK, FriendAct.UNBLOCK):
        made = (await do(world, minsu, act, "jieun")).change
        assert made is not None
        await do(world, minsu, FriendAct.ADD, "jieun")
        await do(world, minsu, act, "jieun")
        newest = BlockFact(minsu, jieun, made.fact_no)
        assert await world.people.block_fact(minsu, "jieun") == newest


async def test_a_batch_builds_on_itself_and_answers_facts_first(world: World) -> None:
    minsu = await world.sign_up("minsu", "민수")
    await world.sign_up("jieun", "지은")
    outcomes = await world.store.carry_out(
        GENERATION,
        [
            wish(minsu, FriendAct.ADD, "nobody"),
            wish(minsu, FriendAct.ADD, "jieun"),
            wish(minsu, FriendAct.ADD, "jieun"),
            wish(minsu, FriendAct.BLOCK, "jieun"),
        ],
    )
    assert [one.wish for one in outcomes] == [1, 3, 0, 2]
    assert [one.change.fact_no for one in outcomes if one.change] == [1, 2]
    assert outcomes[2].code == ErrorCode.USER_NOT_FOUND
    assert await friends(world, minsu) == []
    assert await blocks(world, minsu) == ["jieun"]


async def test_a_block_touches_the_blockers_own_lists_alone(world: World) -> None:
    minsu = await world.sign_up("minsu", "민수")
    jieun = await world.sign_up("jieun", "지은")
    await do(world, minsu, FriendAct.ADD, "jieun")
    await do(world, jieun, FriendAct.ADD, "minsu")
    await do(world, minsu, FriendAct.BLOCK, "jieun")
    assert (await friends(world, minsu), await blocks(world, minsu)) == ([], ["jieun"])
    assert (await friends(world, jieun), await blocks(world, jieun)) == (["minsu"], [])
    await do(world, minsu, FriendAct.UNBLOCK, "jieun")
    assert (await friends(world, minsu), await blocks(world, minsu)) == ([], [])


async def test_who_is_blocked_neither_finds_nor_adds_the_blocker(world: World) -> None:
    minsu = await world.sign_up("minsu", "민수")
    jieun = await world.sign_up("jieun", "지은")
    await do(world, minsu, FriendAct.BLOCK, "jieun")
    for prefix in ("minsu", "민수"):
        assert await found(world, jieun, prefix) == []
    assert (await do(world, jieun, FriendAct.ADD, "minsu")).code == ErrorCode.USER_NOT_FOUND
    assert await found(world, minsu, "jieun") == ["jieun"]
    assert (await do(world, minsu, FriendAct.ADD, "jieun")).code == ErrorCode.BLOCKED
    await do(world, minsu, FriendAct.UNBLOCK, "jieun")
    assert await found(world, jieun, "민수") == ["minsu"]


async def test_blocking_back_works_within_one_batch(world: World) -> None:
    minsu = await world.sign_up("minsu", "민수")
    jieun = await world.sign_up("jieun", "지은")
    outcomes = await world.store.carry_out(
        GENERATION,
        [
            wish(minsu, FriendAct.BLOCK, "jieun"),
            wish(jieun, FriendAct.BLOCK, "minsu", partition=1),
            wish(jieun, FriendAct.UNBLOCK, "minsu", partition=1),
            wish(jieun, FriendAct.ADD, "minsu", partition=1),
        ],
    )
    assert {one.wish: one.code for one in outcomes} == {
        0: None,
        1: None,
        2: None,
        3: ErrorCode.USER_NOT_FOUND,
    }


async def test_an_erased_account_is_refused_and_found_by_nobody(world: World) -> None:
    minsu, jieun = await world.sign_up("minsu", "민수"), await world.sign_up("jieun", "지은")
    for one, other in ((minsu, "jieun"), (jieun, "minsu")):
        await do(world, one, FriendAct.ADD, other)
    before = wish(minsu, FriendAct.REMOVE, "jieun")
    await world.erase(minsu)
    assert (await friends(world, jieun), await found(world, jieun, "minsu")) == ([], [])
    assert (await do(world, jieun, FriendAct.ADD, "minsu")).code == ErrorCode.USER_NOT_FOUND
    (outcome,) = await world.store.carry_out(GENERATION, [before])
    assert outcome.code == ErrorCode.NOT_AUTHENTICATED
    assert (await do(world, minsu, FriendAct.ADD, "jieun")).code == ErrorCode.NOT_AUTHENTICATED


async def test_who_asks_before_the_accounts_fact_has_come_is_no_stranger(world: World) -> None:
    """The fact of a signup, and the first wish of who signed up, come by two topics."""
    jieun, early = await world.sign_up("jieun", "지은"), str(uuid4())
    handle = f"u{early[:13]}"
    outcomes = await world.store.carry_out(
        GENERATION,
        [wish(early, FriendAct.ADD, "jieun"), wish(jieun, FriendAct.ADD, handle, partition=1)],
    )
    assert [each.code for each in outcomes] == [None, None]
    assert await friends(world, early) == ["jieun"]
    assert await friends(world, jieun) == [handle]
    assert await found(world, jieun, handle) == [handle]


async def test_search_is_by_prefix_in_any_case_handles_first(world: World) -> None:
    me = await world.sign_up("searcher", "Alexandra")
    for user_id, name in (
        ("zoe", "Alexander"),
        ("alex.k", "Kim"),
        ("ben", "ALEXIS"),
        ("carl", "Not Alex"),
        ("alexa", "Alexa"),
    ):
        await world.sign_up(user_id, name)
    assert await found(world, me, "aLeX") == ["alex.k", "alexa", "zoe", "ben"]
    assert [one.user_id for one in await world.people.search(me, "alex", 2)] == ["alex.k", "alexa"]


@pytest.mark.parametrize("prefix", ["%%", "__", "a_", "\\\\", "' or"])
async def test_nothing_in_a_prefix_is_a_pattern(world: World, prefix: str) -> None:
    me = await world.sign_up("searcher", "나")
    await world.sign_up("abc", "a%b")
    assert await found(world, me, prefix) == []


async def test_found_people_carry_what_one_decided_about_them(world: World) -> None:
    me = await world.sign_up("searcher", "나")
    for user_id in ("kim-a", "kim-b", "kim-c"):
        await world.sign_up(user_id, "김")
    await do(world, me, FriendAct.ADD, "kim-a")
    await do(world, me, FriendAct.BLOCK, "kim-b")
    seen = await world.people.search(me, "kim", 20)
    assert [(one.is_friend, one.is_blocked) for one in seen] == [
        (True, False),
        (False, True),
        (False, False),
    ]


async def test_a_long_list_is_read_page_by_page(world: World) -> None:
    me = await world.sign_up("searcher", "나")
    for number in range(7):
        await world.sign_up(f"friend-{number}", "같은 이름")
        await do(world, me, FriendAct.ADD, f"friend-{number}")
        await world.sign_up(f"foe-{number}", "같은 이름")
        await do(world, me, FriendAct.BLOCK, f"foe-{number}")
    for list_of, name in ((world.people.friends, "friend"), (world.people.blocks, "foe")):
        for limit in range(1, 9):
            found = await every_entry(partial(list_of, me), limit)
            assert [one.user_id for one in found] == [f"{name}-{n}" for n in range(7)], limit
        await refuses_foreign_cursors(partial(list_of, me))
    _, cursor = await world.people.friends(me, None, 3)
    with pytest.raises(UserError):
        await world.people.blocks(me, cursor, 3)


# -- only Postgres -----------------------------------------------------------------------------


async def test_a_decomposed_name_is_found(database: Database) -> None:
    world = PostgresWorld(database)
    me = await world.sign_up("searcher", "나")
    await world.sign_up("minsu", "\u1106\u1175\u11ab\u1109\u116e")
    assert await found(world, me, "민수") == ["minsu"]


async def test_numbers_are_dense_per_partition(database: Database) -> None:
    world = PostgresWorld(database)
    people = [await world.sign_up(f"user-{number}", "이름") for number in range(6)]
    wishes = [wish(each, FriendAct.ADD, "user-0", number % 2) for number, each in enumerate(people)]
    outcomes = await world.store.carry_out(GENERATION, wishes)
    for partition in range(2):
        numbers = [
            one.change.fact_no
            for one in outcomes
            if one.change and wishes[one.wish].partition == partition
        ]
        assert numbers == list(range(1, len(numbers) + 1))
    assert await database.fetch("select sum(head) from lines where topic = %s", (TOPIC,)) == [(5,)]


async def test_a_worker_whose_partition_has_moved_is_fenced(database: Database) -> None:
    world = PostgresWorld(database)
    minsu = await world.sign_up("minsu", "민수")
    await world.sign_up("jieun", "지은")
    old, new = (PostgresFriends(database, LineEpochs(database, TOPIC)) for _ in range(2))
    await old.carry_out(1, [wish(minsu, FriendAct.ADD, "jieun")])
    await new.carry_out(2, [wish(minsu, FriendAct.REMOVE, "jieun")])
    with pytest.raises(Fenced):
        await old.carry_out(1, [wish(minsu, FriendAct.ADD, "jieun")])
    assert await friends(world, minsu) == []


acts = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(FriendAct), st.integers(0, 2)),
    min_size=1,
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(script=acts, cuts=st.sets(st.integers(1, 11)), repeats=st.lists(st.integers(0, 11)))
async def test_however_wishes_are_batched_and_repeated_the_rows_are_those_of_the_rules(
    database: Database,
    script: list[tuple[int, FriendAct, int]],
    cuts: set[int],
    repeats: list[int],
) -> None:
    await _empty(database)
    real, fake = PostgresWorld(database), FakePeople()
    ids = []
    for handle in ("aaa", "bbb", "ccc"):
        ids.append(await real.sign_up(handle, handle))
        fake.add(ids[-1], handle, handle)
    handles = ("aaa", "bbb", "ccc")
    wishes = [wish(ids[who], act, handles[whom]) for who, act, whom in script]
    edges = [0, *sorted(cut for cut in cuts if cut < len(wishes)), len(wishes)]
    for begin, end in itertools.pairwise(edges):
        done = [wishes[at] for at in repeats if at < begin]
        again = [each for each in done if (each.account_id, each.request_id) in fake.facts]
        await real.store.carry_out(GENERATION, [*again, *wishes[begin:end]])
        await fake.carry_out(GENERATION, wishes[begin:end])
    friends_now = await database.fetch("select account_id::text, friend_id::text from friends")
    blocks_now = await database.fetch(
        "select account_id::text, blocked_id::text from blocked_users"
    )
    assert (set(friends_now), set(blocks_now)) == (fake.friendships, fake.blocked)


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(each for child in plan.get("Plans", ()) for each in nodes(child))]


@pytest.mark.parametrize("prefix", ["us", "이름", "user-1234", "이름 77"])
async def test_the_search_reads_ranges_of_its_indexes_however_many_accounts_there_are(
    database: Database, prefix: str
) -> None:
    await database.fetch(
        "insert into profiles (account_id, user_id, name, fact_no)"
        " select gen_random_uuid(), 'user-' || n, '이름 ' || n, n from generate_series(1, 20000) n"
    )
    await database.fetch("analyze profiles")
    rows = await database.fetch(
        f"explain (analyze, format json) {SEARCH}",
        {"me": str(uuid4()), "prefix": prefix, "limit": 20},
    )
    plan = rows[0][0] if isinstance(rows[0][0], list) else json.loads(rows[0][0])
    scans = [node for node in nodes(plan[0]["Plan"]) if node.get("Relation Name") == "profiles"]
    assert {node.get("Index Name") for node in scans} <= {
        "profiles_by_handle_prefix",
        "profiles_by_name_prefix",
    }
    assert sum(node["Actual Rows"] * node["Actual Loops"] for node in scans) <= 100


async def test_facts_read_back_are_those_that_were_told(database: Database) -> None:
    world = PostgresWorld(database)
    minsu = await world.sign_up("minsu", "민수")
    await world.sign_up("jieun", "지은")
    acts = [FriendAct.ADD, FriendAct.BLOCK, FriendAct.UNBLOCK, FriendAct.ADD, FriendAct.REMOVE]
    wishes = [wish(minsu, act, "jieun", partition=3) for act in acts]
    told = [
        (
            one.change.fact_no,
            records.encode(records.friend_fact(wishes[one.wish].request_id, minsu, one.change)),
        )
        for one in await world.store.carry_out(GENERATION, wishes)
        if one.change is not None
    ]
    facts = PostgresFacts({}, {}, {FRIEND_DATABASE: database})
    assert await facts.facts(TOPIC, 3, 0, await facts.head(TOPIC, 3)) == told
    assert await facts.facts(TOPIC, 3, 2, 4) == told[2:4]
