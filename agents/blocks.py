"""kakao.user.friend.RESPONSE, read by chat: who blocks whom, in every chat database."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from faust.types import EventT

from agents.batching import declare
from agents.homes import CopySink
from agents.recall import Recall
from chatstream.ports.blocks import BlockNews, BlockStore
from infra.kafka.app import ChatStreamApp
from schemas import codec, records, topics

RESPONSE = topics.FRIEND_RESPONSE.name


class BlockSink(CopySink[BlockStore]):
    """Writes each block and its end to all chat databases; see agents.batching.Sink."""

    lane = "blocks"

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


def register(app: ChatStreamApp, stores: Mapping[str, BlockStore], recall: Recall) -> None:
    """Declare the agent `chat.blocks`; `stores` by database name, `recall` as for BatchLoop."""
    declare(app, "chat.blocks", [RESPONSE], BlockSink(app, stores), recall=recall)
