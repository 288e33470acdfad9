"""Mutes and policies through the whole stack: Kafka, the agents, Postgres, both fronts."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from chatstream.domain.partitions import partition_of
from chatstream.domain.times import from_text, to_text
from chatstream.settings import KafkaSettings
from infra.embedded.stack import Stack
from infra.kafka.commands import produce
from infra.kafka.producer import Outgoing
from schemas import records
from schemas.contexts.conduct import SANCTION
from tests.client.api import PASSWORD, Refused, User, open_room, sign_up
from tests.client.waiting import eventually

pytestmark = pytest.mark.stack


@pytest.fixture
async def people(base_url: str) -> AsyncIterator[tuple[User, User]]:
    """A member, and somebody who becomes an operator."""
    member, operator = await sign_up(base_url, "min"), await sign_up(base_url, "boss")
    yield member, operator
    await member.close()
    await operator.close()


async def promote(stack: Stack, user: User) -> None:
    """Give the role; a new login carries it."""
    await asyncio.to_thread(stack.command, "operator", "add", user.user_id)
    tokens = await user.call("POST", "/user/login", {"userId": user.user_id, "password": PASSWORD})
    user.token = tokens["accessToken"]


def account_of(user: User) -> str:
    """The account of a user's own token."""
    part = user.token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return str(claims["sub"])


async def mute(stack: Stack, user: User, room_id: str | None = None) -> str:
    """Ask for a mute as an agent would; its id."""
    now, account_id = datetime.now(UTC), account_of(user)
    wish = records.ImposeSanction(
        request_id=str(uuid4()),
        account_id=account_id,
        room_id=room_id,
        reason="repeat",
        detail="6 points",
        since=to_text(now),
        until=to_text(now + timedelta(minutes=10)),
    )
    place, key = partition_of(account_id, 8), account_id.encode()
    topic = SANCTION.request.name
    record = Outgoing(topic, place, key, records.encode(wish))
    await produce(KafkaSettings(bootstrap_servers=stack.bootstrap), [record])
    return wish.request_id


async def say(user: User, room_id: str, text: str = "hi") -> Refused | None:
    """The refusal, None when the message was stored."""
    try:
        await user.call("POST", f"/chat/{room_id}", {"message": text})
    except Refused as refused:
        return refused
    return None


async def is_muted(user: User, room_id: str) -> Refused | None:
    refusal = await say(user, room_id)
    return refusal if refusal and refusal.status == 422 else None


async def test_a_muted_member_is_told_why_and_an_operator_lifts_it(
    stack: Stack, people: tuple[User, User]
) -> None:
    member, operator = people
    room_id = await open_room(member)
    stored = str(uuid4())
    body = {"message": "before", "messageId": stored}
    first = await member.call("POST", f"/chat/{room_id}", body)
    sanction_id = await mute(stack, member)

    async def muted() -> Refused | None:
        return await is_muted(member, room_id)

    refusal = await eventually(muted)
    assert refusal.code == "MESSAGE_REFUSED"
    assert (refusal.details["reason"], refusal.details["cause"]) == ("muted", "repeat")
    assert from_text(refusal.details["until"]) > datetime.now(UTC)
    assert await member.call("POST", f"/chat/{room_id}", body) == first, "a repeat is answered"

    with pytest.raises(Refused) as denied:
        await operator.call("GET", "/ops/sanctions")
    assert denied.value.status == 403
    await promote(stack, operator)
    listed = await operator.call("GET", f"/ops/sanctions?userId={member.user_id}")
    assert [one["sanctionId"] for one in listed["sanctions"]] == [sanction_id]
    for _ in range(2):
        await operator.call("DELETE", f"/ops/sanctions/{sanction_id}")
        for front in ("front-1", "front-2"):
            member.base_url = stack.endpoints.worker_url(front)
            assert await say(member, room_id) is None, "the answer holds at every front"
    every = await operator.call("GET", f"/ops/sanctions?userId={member.user_id}&state=all")
    assert every["sanctions"][0]["liftedBy"] == operator.user_id


async def test_a_mute_of_one_room_holds_there_only(stack: Stack, people: tuple[User, User]) -> None:
    member, _ = people
    here, there = await open_room(member), await open_room(member)
    await mute(stack, member, here)

    async def muted() -> Refused | None:
        return await is_muted(member, here)

    assert await eventually(muted)
    assert await say(member, there) is None


async def test_taking_the_role_ends_the_operators_logins(
    stack: Stack, people: tuple[User, User]
) -> None:
    _, operator = people
    await promote(stack, operator)
    await operator.call("GET", "/ops/sanctions")
    await asyncio.to_thread(stack.command, "operator", "remove", operator.user_id)

    async def ended() -> bool:
        try:
            await operator.call("GET", "/ops/sanctions")
        except Refused as refused:
            return refused.status == 401
        return False

    assert await eventually(ended)
