"""ports.feeds.SubscriptionStore in Postgres: facts, repeats, refusals, and what goes with them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatstream.domain.content.subscriptions import SubscriptionAct
from chatstream.errors import Fenced
from chatstream.ports.accounts import Profile
from chatstream.ports.feeds import SubscriptionStore
from chatstream.settings import PostgresSettings
from infra.postgres.author_subscriptions import PostgresSubscriptions
from infra.postgres.epochs import LineEpochs
from infra.postgres.facts import PostgresFacts
from infra.postgres.pool import Database
from schemas import codec, records
from schemas.contexts.contents import SUBSCRIPTION
from schemas.databases import CONTENT
from tests.conftest import Dsns
from tests.contract.feed_rig import GENERATION, FeedRig
from tests.contract.paging import every_entry, refuses_foreign_cursors
from tests.fakes.feeds import FakeSubscriptions

SUBSCRIBE, UNSUBSCRIBE, ERASE = SubscriptionAct
TOPIC = SUBSCRIPTION.response.name


@pytest.fixture
async def rig(postgres: Dsns) -> AsyncIterator[FeedRig]:
    database = Database("content", postgres.lineages["content"]["content"], PostgresSettings())
    rig = FeedRig(database)
    await rig.empty()
    yield rig
    await database.close()


async def followers(rig: FeedRig, author_id: str) -> int:
    sql = "select followers from authors where author_id = %s::uuid"
    rows = await rig.database.fetch(sql, (author_id,))
    return int(rows[0][0]) if rows else 0


def code(told: Any) -> str:
    assert isinstance(told, records.SubscriptionRefused), told
    return told.code


async def test_a_repeat_gets_its_fact_and_doing_it_twice_changes_nothing(rig: FeedRig) -> None:
    reader, author = await rig.sign_up(), await rig.sign_up()
    wish, again = (rig.wish(SUBSCRIBE, reader, author) for _ in range(2))
    (first,) = await rig.do(wish)
    assert isinstance(first, records.AuthorSubscribed)
    assert (first.account_id, first.author_id) == (reader, author)
    repeat, unchanged = await rig.do(again, wish)
    assert repeat == first
    assert isinstance(unchanged, records.SubscriptionUnchanged)
    assert await followers(rig, author) == 1
    ended = await rig.unsubscribe(reader, author)
    assert isinstance(ended, records.AuthorUnsubscribed)
    assert ended.fact_no == first.fact_no + 1
    (later,) = await rig.do(again)  # what changed nothing changes nothing later
    assert isinstance(later, records.SubscriptionUnchanged)
    assert not await rig.feeds.subscribes(reader, author)
    assert await followers(rig, author) == 0


async def test_who_may_not_is_refused(rig: FeedRig) -> None:
    reader, author = await rig.sign_up(), await rig.sign_up()
    assert code(await rig.subscribe(reader, reader)) == "CANNOT_SUBSCRIBE_SELF"
    assert code(await rig.subscribe(reader, str(uuid4()))) == "USER_NOT_FOUND"
    await rig.block(author, reader, holds=True)
    assert code(await rig.subscribe(reader, author)) == "USER_NOT_FOUND"
    await rig.block(author, reader, holds=False)
    await rig.profiles.keep([Profile(author, 2)])
    assert code(await rig.subscribe(reader, author)) == "USER_NOT_FOUND"
    await rig.profiles.keep([Profile(reader, 2)])
    assert code(await rig.subscribe(reader, author)) == "NOT_AUTHENTICATED"


async def test_who_asks_before_the_fact_of_the_account_is_known(rig: FeedRig) -> None:
    reader, author = str(uuid4()), await rig.sign_up()
    assert isinstance(await rig.subscribe(reader, author), records.AuthorSubscribed)
    await rig.profiles.keep([Profile(reader, 1, "minsu", "민수")])
    assert isinstance(await rig.subscribe(author, reader), records.AuthorSubscribed)


async def test_the_erasure_of_either_ends_it(rig: FeedRig) -> None:
    reader, author = await rig.sign_up(), await rig.sign_up()
    await rig.subscribe(reader, author)
    content_id = await rig.publish(author)
    await rig.settle()
    assert await rig.pushed(content_id) == [reader]
    await rig.profiles.keep([Profile(author, 2)])
    wish = rig.wish(ERASE, reader, author)
    (told,) = await rig.do(wish)
    assert isinstance(told, records.AuthorUnsubscribed)
    assert await rig.do(wish) == [told]
    assert await rig.pushed(content_id) == []


async def test_a_list_shows_whom_one_subscribes_to_latest_first(rig: FeedRig) -> None:
    reader = await rig.sign_up()
    authors = [await rig.sign_up(f"author{number}") for number in range(5)]
    for each in authors:
        await rig.subscribe(reader, each)
    await rig.unsubscribe(reader, authors[1])
    await rig.profiles.keep([Profile(authors[2], 2)])
    found = await every_entry(
        lambda cursor, limit: rig.feeds.subscriptions(reader, cursor=cursor, limit=limit), 2
    )
    assert [each.user_id for each in found] == ["author4", "author3", "author0"]
    assert [each.author_id for each in found] == [authors[4], authors[3], authors[0]]
    await refuses_foreign_cursors(
        lambda cursor, limit: rig.feeds.subscriptions(reader, cursor=cursor, limit=limit)
    )


people = st.integers(0, 2)


def _in_short(told: list[Any]) -> list[tuple[object, ...]]:
    return [(type(each), each.request_id, getattr(each, "fact_no", None)) for each in told]


@given(st.lists(st.tuples(st.sampled_from([SUBSCRIBE, UNSUBSCRIBE]), people, people), max_size=30))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_followers_are_as_many_as_subscribe(
    rig: FeedRig, acts: list[tuple[SubscriptionAct, int, int]]
) -> None:
    await rig.empty()
    accounts = [await rig.sign_up() for _ in range(3)]
    held: set[tuple[str, str]] = set()
    wishes = [rig.wish(act, accounts[one], accounts[other]) for act, one, other in acts]
    for start in range(0, len(wishes), 7):
        batch = wishes[start : start + 7]
        told = await rig.do(*batch)
        assert _in_short(await rig.do(*batch)) == _in_short(told)
    for wish in wishes:
        pair = (wish.account_id, wish.author_id)
        if wish.act is SUBSCRIBE and pair[0] != pair[1]:
            held.add(pair)
        elif wish.act is UNSUBSCRIBE:
            held.discard(pair)
    for one in accounts:
        for other in accounts:
            assert await rig.feeds.subscribes(one, other) is ((one, other) in held)
        assert await followers(rig, one) == sum(author == one for _, author in held)


def _outcome(told: Any) -> tuple[object, ...]:
    return type(told), told.request_id, getattr(told, "code", "")


@given(st.lists(st.tuples(st.sampled_from([SUBSCRIBE, UNSUBSCRIBE]), people, people), max_size=20))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_the_one_in_memory_answers_as_this_one(
    rig: FeedRig, acts: list[tuple[SubscriptionAct, int, int]]
) -> None:
    await rig.empty()
    accounts = [await rig.sign_up() for _ in range(2)]
    memory: SubscriptionStore = FakeSubscriptions(*accounts)
    accounts.append(str(uuid4()))  # nobody's, who can be subscribed to by nobody
    wishes = [rig.wish(act, accounts[one % 2], accounts[other]) for act, one, other in acts]
    for wish in [*wishes, *wishes]:
        (answer,) = await memory.carry_out(GENERATION, [wish])
        (told,) = await rig.do(wish)
        assert _outcome(told) == _outcome(codec.decode(TOPIC, answer.body))


async def test_facts_are_kept_as_they_are_told(rig: FeedRig) -> None:
    reader, author = await rig.sign_up(), await rig.sign_up()
    told = [await rig.subscribe(reader, author), await rig.unsubscribe(reader, author)]
    facts = PostgresFacts({}, {}, {CONTENT: rig.database})
    upto = await facts.head(TOPIC, 0)
    kept = await facts.facts(TOPIC, 0, told[0].fact_no - 1, upto)
    assert [codec.decode(TOPIC, body) for _, body in kept] == told


async def test_a_worker_whose_partition_moved_stores_nothing(rig: FeedRig) -> None:
    reader, author = await rig.sign_up(), await rig.sign_up()
    await rig.subscribe(author, reader)
    newer = PostgresSubscriptions(rig.database, LineEpochs(rig.database, TOPIC))
    await newer.carry_out(GENERATION + 1, [rig.wish(UNSUBSCRIBE, author, reader)])
    with pytest.raises(Fenced):
        await rig.do(rig.wish(SUBSCRIBE, reader, author))
    assert not await rig.feeds.subscribes(reader, author)
