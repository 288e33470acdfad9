"""A claim that waits, as other fronts than the one that took it know of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg2
import pytest

from infra.embedded.stack import Stack
from tests.client.api import User, sign_up
from tests.client.campaigns import opening_soon
from tests.client.stomp import Socket
from tests.client.waiting import eventually

pytestmark = pytest.mark.stack


@pytest.fixture
async def people(stack: Stack, base_url: str) -> AsyncIterator[tuple[User, User]]:
    """Somebody, and an operator; the role comes with a login."""
    member, operator = await sign_up(base_url, "min"), await sign_up(base_url, "boss")
    await asyncio.to_thread(stack.command, "operator", "add", operator.user_id)
    await operator.log_in()
    yield member, operator
    await member.close()
    await operator.close()


async def open_campaign(operator: User) -> str:
    """A campaign that has opened; its id."""
    made = await operator.call("POST", "/coupon/campaigns", opening_soon())
    campaign_id = str(made["campaignId"])

    async def is_open() -> bool:
        shown = await operator.call("GET", f"/coupon/campaigns/{campaign_id}")
        return bool(shown["state"] == "open")

    await eventually(is_open)
    return campaign_id


@contextmanager
def held(stack: Stack, campaign_id: str) -> Iterator[None]:
    """Nothing is decided in the campaign meanwhile: its stock is locked."""
    connection = psycopg2.connect(stack.dsns["coupon"])
    try:
        with connection.cursor() as cursor:
            stock = "select 1 from slices where campaign_id = %s for update"
            cursor.execute(stock, (campaign_id,))
            assert cursor.rowcount == 1
            yield
    finally:
        connection.close()


async def told(socket: Socket, kind: str) -> Any:
    """The next event of this kind."""
    while (event := (await socket.message(seconds=120)).json)["type"] != kind:
        pass
    return event


async def test_a_claim_that_waits_is_known_to_a_front_that_did_not_take_it(
    stack: Stack, people: tuple[User, User]
) -> None:
    member, operator = people
    campaign_id, claim_id = await open_campaign(operator), str(uuid4())
    through_gateway, past_it = member.base_url, stack.endpoints.worker_url("front-1")
    member.base_url = past_it
    socket = Socket(member)
    await socket.connect()
    await socket.subscribe(f"/sub/user/{member.user_id}")

    async def shown() -> dict[str, Any]:
        found: dict[str, Any] = await member.insist("GET", f"/coupon/claims/{claim_id}")
        return found

    with held(stack, campaign_id):
        member.base_url = through_gateway
        claims = f"/coupon/campaigns/{campaign_id}/claims"
        taken = await member.insist("POST", claims, {"claimId": claim_id})
        assert taken == {"claimId": claim_id, "place": None}
        member.base_url = past_it
        place = await told(socket, "couponPlace")
        assert (place["campaignId"], place["claimId"]) == (campaign_id, claim_id)
        # What its page was told of it knows.
        assert (await shown())["state"] == "waiting"
    issued = await told(socket, "couponIssued")
    assert (issued["campaignId"], issued["claimId"]) == (campaign_id, claim_id)
    assert (await shown())["couponId"] == issued["couponId"]
    member.base_url = through_gateway
    await socket.close()
