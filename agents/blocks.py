"""kakao.user.friend.RESPONSE, read by chat: who blocks whom, in every chat database."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from faust.types import EventT

from agents.batching import declare
from agents.dead_letters import dead_letter
from chatstream.ports.blocks import BlockNews, BlockStore
from infra.kafka.app import ChatStreamApp
from infra.kafka.producer import send_all
from schemas import codec, records, topics

RESPONSE = topics.FRIEND_RESPONSE.name


class BlockSink:
    """Writes each block and its end to all chat databases; see agents.batching.Sink.

    One lane, as for the profiles: a record counts as done only when every database has it.
    """

    def __init__(self, app: ChatStreamApp, stores: Mapping[str, BlockStore]) -> None:
        self.app = app
        self.stores = stores

    def lane_of(self, topic: str, partition: int) -> str:
        """All partitions share one lane."""
        return "blocks"

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Keep what the batch says of blocks; repeating it changes nothing."""
        news = [
            BlockNews(
                record.account_id,
                record.target_id,
                record.fact_no,
                holds=isinstance(record, records.UserBlocked),
            )
            for event in batch
            if isinstance(
                record := codec.decode(RESPONSE, event.value),
                records.UserBlocked | records.UserUnblocked,
            )
        ]
        if news:
            await asyncio.gather(*(store.store(news) for store in self.stores.values()))

    async def reject(self, event: EventT, reason: str) -> None:
        """Dead-letter the record; nobody waits for it."""
        await send_all(self.app, [dead_letter(event, reason)])


def register(app: ChatStreamApp, stores: Mapping[str, BlockStore]) -> None:
    """Declare the agent `chat.blocks`; `stores` by database name."""
    declare(app, "chat.blocks", [RESPONSE], BlockSink(app, stores))
