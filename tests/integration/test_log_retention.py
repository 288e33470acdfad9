"""Indices removed by their age, on real Elasticsearch, by a clock of the test."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import pytest

from agents.log_maintenance.retention import LogRetention
from infra.elastic.client import connect
from infra.elastic.retention import remove_expired
from infra.embedded.stack import Stack
from tests.servers import elastic_of

pytestmark = pytest.mark.servers

NAMES = ("chatstream-logs-1001.03.01", "chatstream-logs-1001.03.02", "chatstream-messages-1001.03")


async def test_what_is_old_enough_goes_whole_and_messages_never(servers: Stack) -> None:
    days = {"chatstream-logs": 14}
    async with connect(elastic_of(servers)) as client:

        async def left() -> set[str]:
            return set(await client.indices.get(index="chatstream-*-1001.03*"))

        try:
            for name in NAMES:
                await client.indices.create(index=name)
            moments = [datetime(1001, 3, day, tzinfo=UTC) for day in (15, 16, 16)]
            step = LogRetention(partial(remove_expired, client, days), 0, iter(moments).__next__)
            await step.check()
            assert await left() == {*NAMES}
            await step.check()
            assert await left() == {*NAMES[1:]}
            await step.check()
            assert await left() == {*NAMES[1:]}
        finally:
            for name in await left():
                await client.indices.delete(index=name)
