"""The chat service's copy of the blocks: what it takes from the topic."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from agents.copies.blocks import BlockSink
from chatstream.errors import PoisonMessage
from schemas import records
from schemas.contexts.friends import FRIEND
from tests.fakes.people import FakeBlocks

RESPONSE = FRIEND.response.name
AT = "2026-11-21T12:00:00.000Z"


def event(value: bytes) -> Any:
    return SimpleNamespace(value=value, message=SimpleNamespace(topic=RESPONSE, value=value))


def fact(kind: type[records.FriendFact], number: int) -> Any:
    return event(
        records.encode(
            kind(
                request_id="q",
                account_id="minsu",
                fact_no=number,
                user_id="minsu",
                target_id="jieun",
                target_user_id="jieun",
                at=AT,
            )
        )
    )


async def test_blocks_and_their_ends_reach_every_database_and_nothing_else_does() -> None:
    stores = {"chat_0": FakeBlocks(), "chat_1": FakeBlocks()}
    app: Any = SimpleNamespace()
    sink = BlockSink(app, stores)
    lane = sink.lane_of(RESPONSE, 3)
    refused = records.FriendRefused(
        request_id="q", account_id="minsu", code="USER_NOT_FOUND", reason="", at=AT
    )
    await sink.process(
        lane,
        [
            fact(records.FriendAdded, 1),
            fact(records.UserBlocked, 2),
            event(records.encode(refused)),
        ],
    )
    assert [store.held for store in stores.values()] == [{("minsu", "jieun")}] * 2
    await sink.process(lane, [fact(records.UserUnblocked, 3), fact(records.FriendRemoved, 4)])
    assert [store.held for store in stores.values()] == [set()] * 2


async def test_bytes_that_are_no_record_are_poison() -> None:
    app: Any = SimpleNamespace()
    with pytest.raises(PoisonMessage):
        await BlockSink(app, {}).process("blocks", [event(b"\x00")])
