"""Moving friends out of the auth database: data of the schema before, moved twice, with crashes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from typing import Any
from uuid import uuid4

import psycopg2
import pytest
from aiokafka import AIOKafkaConsumer
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_fixed

from chatstream.commands.friends import move_friends
from chatstream.domain.people import FriendAct
from chatstream.errors import ConfigurationError, TransientFailure
from chatstream.ports.people import FriendChangeWish
from chatstream.settings import KafkaSettings, PostgresSettings, load_settings
from infra.embedded.stack import Stack
from infra.kafka.offsets import KafkaOffsets
from infra.postgres.epochs import LineEpochs
from infra.postgres.facts import PostgresFacts
from infra.postgres.friend_move import open_move
from infra.postgres.friends import PostgresFriends
from infra.postgres.migrate import upgrade
from infra.postgres.people import PostgresPeople
from infra.postgres.pool import Database
from infra.postgres.settled_wishes import key_of
from schemas.contexts.accounts import ACCOUNT
from schemas.contexts.friends import FRIEND
from schemas.databases import FRIEND as FRIEND_DATABASE

TOPIC = FRIEND.response.name
# A broker that has just started knows its groups some seconds later.
until_known = AsyncRetrying(
    retry=retry_if_exception_type(TransientFailure),
    stop=stop_after_delay(120),
    wait=wait_fixed(0.2),
)
MINSU, JIEUN, GONE, ADDED, BLOCKED, REFUSED, BEFORE = (str(uuid4()) for _ in range(7))
# As a worker of before has left it: minsu added jieun, then blocked gone, who was erased since.
OLD = """
insert into accounts (account_id, user_id, name, password_hash, created_at, erased_at) values
    (%(minsu)s, 'minsu', '민수', 'x', now(), null), (%(jieun)s, 'jieun', '지은', 'x', now(), null),
    (%(gone)s, 'a-keyed-hash', '', '', now(), now());
insert into account_facts (partition, fact_no, account_id, request_id, kind, user_id, name, at)
    values (0, 1, %(minsu)s, gen_random_uuid(), 'accountCreated', 'minsu', '민', now()),
    (0, 2, %(minsu)s, gen_random_uuid(), 'profileChanged', 'minsu', '민수', now()),
    (1, 1, %(jieun)s, gen_random_uuid(), 'accountCreated', 'jieun', '지은', now());
insert into friend_facts values
    (3, 1, %(minsu)s, %(added)s, 'friendAdded', 'minsu', %(jieun)s, 'jieun', now()),
    (3, 2, %(minsu)s, %(blocked)s, 'userBlocked', 'minsu', %(gone)s, '', now());
insert into friends values (%(minsu)s, %(jieun)s, now());
insert into blocked_users values (%(jieun)s, %(minsu)s, now());
insert into lines (topic, partition, epoch, head) values
    (%(topic)s, 3, 7, 2), ('kakao.user.account.RESPONSE', 0, 4, 2);
insert into settled_wishes values (%(settled)s, 'USER_NOT_FOUND', now());
"""


def names() -> dict[str, str]:
    settled = key_of(TOPIC, (MINSU, REFUSED))
    return {
        **{"minsu": MINSU, "jieun": JIEUN, "gone": GONE, "added": ADDED, "blocked": BLOCKED},
        **{"topic": TOPIC, "settled": settled},
    }


def run(dsn: str, sql: str, values: Any = None) -> list[tuple[Any, ...]]:
    with closing(psycopg2.connect(dsn)) as link, link, link.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


def fresh(dsn: str) -> Iterator[str]:
    name = f"move-{uuid4().hex[:12]}"
    with closing(psycopg2.connect(dsn)) as link:
        link.autocommit = True
        link.cursor().execute(f'create database "{name}"')
        parts = (part for part in dsn.split() if not part.startswith("dbname="))
        yield " ".join((*parts, f"dbname={name}"))
        link.cursor().execute(f'drop database "{name}" with (force)')


@pytest.fixture
def auth(postgres_auth: str) -> Iterator[str]:
    """An auth database with the schema of before, and the rows of a running installation."""
    for dsn in fresh(postgres_auth):
        upgrade("auth", dsn, "0007")
        run(dsn, OLD, names())
        yield dsn


@pytest.fixture
def friend(postgres_friend: str) -> Iterator[str]:
    for dsn in fresh(postgres_friend):
        upgrade("friend", dsn)
        yield dsn


@pytest.fixture
async def database(friend: str) -> AsyncIterator[Database]:
    database = Database("friend", friend, PostgresSettings())
    yield database
    await database.close()


def move(auth: str, friend: str) -> None:
    upgrade("auth", auth)
    with open_move(auth, friend) as moving:
        moving.arrive()
        moving.leave()


def rows(dsn: str) -> list[Any]:
    """Everything that moves, as it is in the friend database."""
    tables = ("profiles", "friends", "blocked_users", "friend_facts", "lines", "settled_wishes")
    return [sorted(run(dsn, f"select {each}::text from {each}")) for each in tables]  # noqa: S608


def wish(request_id: str, act: FriendAct, target: str) -> FriendChangeWish:
    return FriendChangeWish(3, request_id, MINSU, "minsu", act, target)


async def test_lists_facts_numbers_and_answers_are_what_they_were(
    auth: str, friend: str, database: Database
) -> None:
    told = run(auth, "select * from friend_facts order by fact_no")
    move(auth, friend)
    assert run(friend, "select * from friend_facts order by fact_no") == told
    people = PostgresPeople(database)
    (friends, _), (blocks, _) = (
        await people.friends(MINSU, None, 9),
        await people.blocks(JIEUN, None, 9),
    )
    assert [each.name for each in (*friends, *blocks)] == ["지은", "민수"]
    store = PostgresFriends(database, LineEpochs(database, TOPIC))
    outcomes = await store.carry_out(
        1,
        [
            wish(ADDED, FriendAct.ADD, "jieun"),  # a repeat
            wish(REFUSED, FriendAct.REMOVE, "jieun"),  # was refused when nobody was called so
            wish(str(uuid4()), FriendAct.REMOVE, "jieun"),
        ],
    )
    assert [(each.wish, each.fact_no, each.code) for each in outcomes] == [
        (0, 1, None),
        (2, 3, None),
        (1, 0, "USER_NOT_FOUND"),
    ]
    facts = PostgresFacts({}, {}, {FRIEND_DATABASE: database})
    assert [number for number, _ in await facts.facts(TOPIC, 3, 0, 9)] == [1, 2, 3]
    assert run(friend, "select epoch > 7, head from lines where topic = %s", (TOPIC,)) == [
        (True, 3)
    ]


def test_accounts_come_as_their_newest_fact_left_them(auth: str, friend: str) -> None:
    move(auth, friend)
    assert run(friend, "select user_id, name, fact_no, erased from profiles order by fact_no") == [
        ("jieun", "지은", 1, False),
        ("minsu", "민수", 2, False),
        (None, None, 2**63 - 1, True),
    ]


def test_nothing_is_left_behind_and_a_second_move_changes_nothing(auth: str, friend: str) -> None:
    move(auth, friend)
    tables = run(auth, "select relname from pg_class where relname ~ '^(former_|friend|blocked)'")
    assert tables == []
    assert run(auth, "select topic from lines") == [("kakao.user.account.RESPONSE",)]
    before = rows(friend)
    run(friend, "delete from friends")  # what is decided there from now on stays
    with open_move(auth, friend) as moving:
        assert moving.is_over
        assert moving.arrive() == {}
        moving.leave()
    assert rows(friend) == [before[0], [], *before[2:]]


def test_a_crash_in_the_copy_leaves_nothing_and_the_next_try_does_it_all(
    auth: str, friend: str
) -> None:
    upgrade("auth", auth)
    run(friend, "alter table blocked_users add check (account_id = blocked_id)")
    with pytest.raises(psycopg2.IntegrityError), open_move(auth, friend) as moving:
        moving.arrive()  # the last table of all
    assert rows(friend) == [[]] * 6
    run(friend, "alter table blocked_users drop constraint blocked_users_check")
    move(auth, friend)
    assert [len(each) for each in rows(friend)] == [3, 1, 1, 2, 1, 1]


def test_a_crash_between_the_databases_goes_on_with_what_is_left(auth: str, friend: str) -> None:
    upgrade("auth", auth)
    with open_move(auth, friend) as moving:
        assert not moving.begins_anew
        moving.arrive()
    arrived = rows(friend)
    assert run(auth, "select count(*) from former_friends") == [(1,)]
    with open_move(auth, friend) as moving:
        assert not moving.is_over
        assert moving.arrive() == {}
        moving.leave()
    assert rows(friend) == arrived
    assert run(auth, "select done_at is not null from moves") == [(True,)]


async def test_a_worker_of_before_writes_nothing_any_more(auth: str) -> None:
    upgrade("auth", auth)
    database = Database("auth", auth, PostgresSettings())
    store = PostgresFriends(database, LineEpochs(database, TOPIC))
    with pytest.raises(TransientFailure):  # it is tried again, and not acknowledged
        await store.carry_out(1, [wish(str(uuid4()), FriendAct.REMOVE, "jieun")])
    await database.close()


@pytest.mark.parametrize(
    "own",
    [
        "insert into lines (topic, partition, epoch, head) values (%(topic)s, 3, 1, 1)",
        "insert into profiles (account_id, user_id) values (%(added)s, 'somebody')",
    ],
)
def test_a_friend_database_that_was_written_before_is_refused(
    auth: str, friend: str, own: str
) -> None:
    run(friend, own, names())
    with pytest.raises(ConfigurationError, match="rows of its own"):
        move(auth, friend)
    assert run(auth, "select count(*) from former_friend_facts") == [(2,)]


def test_a_friend_database_of_another_installation_or_an_empty_one_is_refused(
    auth: str, friend: str, postgres_friend: str
) -> None:
    move(auth, friend)
    for other in fresh(postgres_friend):
        upgrade("friend", other)
        with pytest.raises(ConfigurationError, match="restore it from a backup"):
            move(auth, other)
        run(other, "insert into moves (move_id) values (%s)", (BEFORE,))
        with pytest.raises(ConfigurationError, match="another auth database"):
            move(auth, other)


def test_a_line_behind_its_facts_is_refused(auth: str, friend: str) -> None:
    run(auth, "update lines set head = 1 where topic = %s", (TOPIC,))
    with pytest.raises(ConfigurationError, match="partitions 3: numbers"):
        move(auth, friend)
    assert rows(friend) == [[]] * 6


def test_an_installation_without_accounts_has_nothing_to_move(friend: str, auth: str) -> None:
    run(auth, "truncate accounts, account_facts, friend_facts, settled_wishes, lines cascade")
    upgrade("auth", auth)
    with open_move(auth, friend) as moving:
        assert moving.begins_anew
        moving.arrive()
        moving.leave()
    assert run(friend, "select count(*) from moves") == [(1,)]


async def test_the_command_lets_the_service_begin_where_user_was(
    auth: str, friend: str, servers: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = uuid4().hex[:8]
    monkeypatch.setattr("infra.faust.app.group_of", lambda name: f"{own}-{name}")
    await asyncio.to_thread(servers.command, "topics", "create")
    settings = load_settings(
        kafka={"bootstrap_servers": servers.bootstrap},
        postgres=PostgresSettings(auth=auth, others={"friend": {"friend": friend}}),
    )
    offsets = KafkaOffsets(settings.kafka)
    wishes, facts = FRIEND.request.name, ACCOUNT.response.name
    await until_known(offsets.begin, f"{own}-user", {wishes: {3: 5}, facts: {3: 1}})
    await until_known(offsets.committed, f"{own}-friend", wishes)
    upgrade("auth", auth)
    said: list[str] = []
    before = (await offsets.ends([facts]))[facts]
    for _ in range(2):
        await asyncio.to_thread(move_friends, settings, said.append)
    assert said == [
        "friends have moved: 3 profiles, 1 lines, 1 settled_wishes, 2 friend_facts, 1 friends,"
        " 1 blocked_users"
    ]
    after = (await offsets.ends([facts]))[facts]
    assert await offsets.committed(f"{own}-friend", wishes) == {3: 5}
    begins = await offsets.committed(f"{own}-friend", facts)
    # Other tests on these servers tell facts of accounts meanwhile.
    assert all(low <= begins[each] <= after[each] for each, low in enumerate(before))
    assert len(begins) == len(after)
    await offsets.begin(f"{own}-friend", {wishes: {3: 2, 4: 6}})  # goes on where it was
    assert await offsets.committed(f"{own}-friend", wishes) == {3: 5, 4: 6}


async def test_a_group_that_somebody_is_in_begins_nowhere_else(servers: Stack) -> None:
    offsets, group = KafkaOffsets(KafkaSettings(bootstrap_servers=servers.bootstrap)), uuid4().hex
    await asyncio.to_thread(servers.command, "topics", "create")
    topic = FRIEND.request.name
    await until_known(offsets.committed, group, topic)
    async with AIOKafkaConsumer(
        topic, bootstrap_servers=servers.bootstrap, group_id=group, enable_auto_commit=False
    ):
        with pytest.raises(TransientFailure):
            await offsets.begin(group, {topic: {3: 5}})
    assert await offsets.committed(group, topic) == {}
