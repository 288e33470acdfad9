"""kakao.user.account.RESPONSE, read by chat: a copy of the accounts in every chat database."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from faust.types import EventT

from agents.batching import declare
from agents.dead_letters import dead_letter
from chatstream.ports.accounts import ProfileStore
from infra.kafka.app import ChatStreamApp
from infra.kafka.producer import send_all
from schemas import codec, records, topics

RESPONSE = topics.ACCOUNT_RESPONSE.name


class ProfileSink:
    """Writes each account to all chat databases; see agents.batching.Sink.

    One lane: a record counts as done only when every database has it, so a database that is down
    holds back the copies (never the messages, which have lanes of their own).
    """

    def __init__(self, app: ChatStreamApp, stores: Mapping[str, ProfileStore]) -> None:
        self.app = app
        self.stores = stores

    def lane_of(self, topic: str, partition: int) -> str:
        """All partitions share one lane."""
        return "profiles"

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Upsert the accounts the batch tells of; repeating it changes nothing.

        An erased one becomes a tombstone, which no other fact changes any more.
        """
        told = [codec.decode(RESPONSE, event.value) for event in batch]
        known = [
            (record.account_id, record.user_id, record.name, record.fact_no)
            for record in told
            if isinstance(record, records.AccountCreated | records.ProfileChanged)
        ]
        gone = [each.account_id for each in told if isinstance(each, records.AccountErased)]
        if known:
            await asyncio.gather(*(store.store(known) for store in self.stores.values()))
        if gone:
            await asyncio.gather(*(store.erase(gone) for store in self.stores.values()))

    async def reject(self, event: EventT, reason: str) -> None:
        """Dead-letter the record; nobody waits for it."""
        await send_all(self.app, [dead_letter(event, reason)])


def register(app: ChatStreamApp, stores: Mapping[str, ProfileStore]) -> None:
    """Declare the agent `chat.profiles`; `stores` by database name."""
    declare(app, "chat.profiles", [RESPONSE], ProfileSink(app, stores))
