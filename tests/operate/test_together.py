"""Quiet services that share a process: each is there by itself, and comes back with the others."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer

from infra.embedded import gateway, kafka, postgres
from infra.embedded.services import TOGETHER, programs
from infra.embedded.shape import StackShape
from infra.embedded.stack import Stack
from infra.security import keys
from schemas import codec, records
from schemas.contexts.ops import PROCESS
from schemas.services import LAG, LOG, STATS
from tests.client.api import Refused, User, sign_up
from tests.client.campaigns import opening_soon
from tests.client.minted import Mint
from tests.client.waiting import eventually
from tests.operate.laid import WITHIN, VariedStack, laid_stack
from tests.servers import TEST_ENVIRONMENT

pytestmark = [pytest.mark.operate, pytest.mark.timeout(900)]

SHARING = {"user-1", "friend-1", "coupon-1", "content-1"}
UNUSED = (STATS.name, LOG.name, LAG.name)
CONTENT_STORE = "postgres-content"


@pytest.fixture(scope="module")
def stack(request: pytest.FixtureRequest) -> Iterator[VariedStack]:
    """Without the search and what nobody of the scenes needs."""
    shape = StackShape(extra_env=TEST_ENVIRONMENT, is_together=True)
    servers = [kafka.NAME, *postgres.SERVERS]
    with laid_stack(request, "together", shape, servers=servers) as stack:
        keys.ensure_keys(Path(stack.env()["CHATSTREAM_AUTH__KEYS_DIR"]))
        used = [each for each in stack.workers if each.service not in UNUSED]
        stack.start_workers(*programs(used))
        stack.start_workers(gateway.NAME)
        yield stack


@pytest.fixture
async def pair(stack: Stack) -> AsyncIterator[list[User]]:
    """Two people, whose accounts the user service has made."""
    made = [await sign_up(stack.base_url, name) for name in ("minsu", "jiyeon")]
    yield made
    for each in made:
        await each.http.close()


async def befriend(one: User, other: User) -> None:
    """By the friend service; both see it."""
    await one.insist("PUT", f"/user/friends/{other.user_id}")
    friends = (await one.insist("GET", "/user/friends"))["friends"]
    assert other.user_id in [each["userId"] for each in friends]


async def publish(author: User) -> str:
    """A post that the content service has decided about; its id."""
    content_id = str(uuid4())
    body = {"contentId": content_id, "title": "오늘 아침", "body": "바다 언덕 나무"}
    await author.insist("POST", "/content", body)

    async def is_decided() -> bool:
        told = await author.insist("GET", f"/content/{content_id}?view=false")
        return bool(told["mine"]["state"] != "inspecting")

    await eventually(is_decided, WITHIN)
    return content_id


async def claim(stack: Stack, user: User) -> str:
    """A coupon of a campaign that the coupon service has opened; its id."""
    operator = User(stack.base_url, "operator", token=Mint(stack).token(str(uuid4()), "operator"))
    try:
        made = await operator.insist("POST", "/coupon/campaigns", opening_soon())
    finally:
        await operator.http.close()
    claims = f"/coupon/campaigns/{made['campaignId']}/claims"
    own = {"claimId": str(uuid4())}

    async def issued() -> str:
        try:
            return str((await user.call("POST", claims, own)).get("couponId", ""))
        except Refused as refused:
            if refused.code != "NOT_OPEN_YET":
                raise
            return ""

    return str(await eventually(issued, WITHIN))


async def beats(stack: Stack) -> dict[str, records.Heartbeat]:
    """The last that each worker has told of itself."""
    topic = PROCESS.event.name
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=stack.bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        found: dict[str, records.Heartbeat] = {}
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for each in (await consumer.getmany(timeout_ms=1000)).values():
                for record in each:
                    beat: Any = codec.decode(topic, record.value)
                    found[beat.worker] = beat
        return found
    finally:
        await consumer.stop()


async def test_each_service_does_its_work_in_the_one_process(
    stack: Stack, pair: list[User]
) -> None:
    assert {stack.pid(name) for name in SHARING} == {stack.pid(TOGETHER)}
    await asyncio.gather(befriend(*pair), publish(pair[0]))
    assert await claim(stack, pair[1])


async def test_each_tells_of_itself_and_one_of_them_what_the_process_has_counted(
    stack: Stack,
) -> None:
    async def all_ready() -> dict[str, records.Heartbeat]:
        found = await beats(stack)
        ready = {name for name, beat in found.items() if beat.state == "ready"}
        return found if ready >= SHARING else {}

    found = await eventually(all_ready, WITHIN)
    assert {name: found[name].service for name in SHARING} == {
        name: name.removesuffix("-1") for name in SHARING
    }
    assert [name for name in SHARING if found[name].counts] == ["user-1"]


async def test_a_line_of_the_log_says_which_service_it_is_of(stack: Stack) -> None:
    lines = map(json.loads, stack.layout.log_file(TOGETHER).read_text().splitlines())
    speakers = {(each["service"]["name"], each["service"]["node"]["name"]) for each in lines}
    assert speakers == {(name.removesuffix("-1"), name) for name in SHARING}


async def test_what_was_asked_for_while_the_process_was_killed_is_done(
    stack: Stack, pair: list[User]
) -> None:
    async with asyncio.TaskGroup() as asked:
        asked.create_task(befriend(*pair))
        asked.create_task(publish(pair[1]))
        newcomer = asked.create_task(sign_up(stack.base_url, "newcomer"))
        coupon = asked.create_task(claim(stack, pair[0]))
        await asyncio.to_thread(stack.kill, "friend-1")
    await newcomer.result().http.close()
    assert coupon.result()
    await asyncio.to_thread(stack.wait_ready, TOGETHER, WITHIN)


async def test_a_store_that_is_away_at_the_start_keeps_only_its_own_service_waiting(
    stack: Stack, pair: list[User]
) -> None:
    await asyncio.to_thread(stack.stop_process, TOGETHER)
    await asyncio.to_thread(stack.stop_process, CONTENT_STORE)
    await asyncio.to_thread(stack.start_process, TOGETHER)
    for name in SHARING - {"content-1"}:
        await asyncio.to_thread(stack.wait_ready, name, WITHIN)
    await befriend(*reversed(pair))
    await asyncio.to_thread(stack.start_process, CONTENT_STORE)
    await asyncio.to_thread(stack.wait_ready, "content-1", WITHIN)
    await publish(pair[0])
