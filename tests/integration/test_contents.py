"""Posts through Kafka, the agents of the content service and its database; an author leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from chatstream.domain.partitions import partition_of
from chatstream.domain.times import now_text
from chatstream.settings import KafkaSettings
from infra.embedded.stack import Stack
from infra.kafka.commands import produce
from infra.kafka.producer import Outgoing
from schemas import records
from schemas.contexts.contents import CONTENT, INSPECTION
from tests.client.api import PASSWORD, User, sign_up
from tests.client.known import rows
from tests.client.waiting import eventually
from tests.integration.test_sanctions import account_of

pytestmark = pytest.mark.stack


@pytest.fixture
async def ann(base_url: str) -> AsyncIterator[User]:
    user = await sign_up(base_url, "ann")
    yield user
    await user.close()


class Desk:
    """Asks as fronts do, and looks into the database."""

    def __init__(self, stack: Stack, user: User) -> None:
        self.kafka = KafkaSettings(bootstrap_servers=stack.bootstrap)
        self.dsn = stack.dsns["content"]
        self.account_id = account_of(user)

    async def ask(self, kind: type[Any], content_id: str, **fields: Any) -> None:
        """Produce a wish."""
        wish = kind(
            request_id=str(uuid4()),
            account_id=fields.pop("account_id", self.account_id),
            content_id=content_id,
            requested_at=now_text(),
            **fields,
        )
        stream = CONTENT if issubclass(kind, records.ContentAsked) else INSPECTION
        place, key = partition_of(content_id, self.kafka.partitions), content_id.encode()
        await produce(self.kafka, [Outgoing(stream.request.name, place, key, records.encode(wish))])

    async def write(self, **text: Any) -> str:
        """A new post."""
        content_id = str(uuid4())
        its = {"title": "첫 글", "body": "오늘은 비가 왔어요.", "tags": ("일상",), **text}
        await self.ask(records.WriteContent, content_id, **its)
        return content_id

    async def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a statement."""
        return await asyncio.to_thread(rows, self.dsn, sql, *values)

    async def states(self, content_id: str) -> dict[int, str]:
        """The states of its versions."""
        sql = "select version, state from versions where content_id = %s::uuid"
        return dict(await self.rows(sql, content_id))

    async def becomes(self, content_id: str, expected: dict[int, str]) -> None:
        """Wait until its versions have these states."""

        async def found() -> bool:
            return await self.states(content_id) == expected

        await eventually(found, seconds=120)


async def test_a_post_is_inspected_published_edited_and_deleted(stack: Stack, ann: User) -> None:
    desk = Desk(stack, ann)
    content_id = await desk.write()
    await desk.becomes(content_id, {1: "published"})
    await desk.ask(records.EditContent, content_id, version=1, body="shit, kill yourself")
    await desk.becomes(content_id, {1: "published", 2: "refused"})
    await desk.ask(records.AppealVersion, content_id, version=2, text="다시 봐 주세요")
    await desk.becomes(content_id, {1: "published", 2: "review"})
    await desk.ask(
        records.ReviewVersion,
        content_id,
        account_id=str(uuid4()),
        version=2,
        decision="accept",
        note="인용이에요",
    )
    await desk.becomes(content_id, {1: "superseded", 2: "published"})
    await desk.ask(records.DeleteContent, content_id)
    await desk.becomes(content_id, {})


async def test_of_an_author_who_leaves_nothing_stays(stack: Stack, ann: User) -> None:
    desk = Desk(stack, ann)
    content_id = await desk.write()
    await desk.becomes(content_id, {1: "published"})
    refused = await desk.write(body="shit, kill yourself")
    await desk.becomes(refused, {1: "refused"})
    await ann.call("DELETE", "/user/me", {"password": PASSWORD})

    async def gone() -> bool:
        tables = (
            *("contents", "versions", "content_facts", "inspections", "inspection_facts"),
            *("profiles", "fan_outs", "feed", "subscriptions", "subscription_facts"),
        )
        for table in tables:
            sql = f"select count(*) from {table} t where position(%s in t::text) > 0"  # noqa: S608
            ((count,),) = await desk.rows(sql, desk.account_id)
            if count > (table == "profiles"):
                return False
        return True

    await eventually(gone, seconds=180)
    await desk.becomes(content_id, {})
    ((erased, user_id, name),) = await desk.rows(
        "select erased, user_id, name from profiles where account_id = %s::uuid", desk.account_id
    )
    assert (erased, user_id, name) == (True, None, None)
