"""kakao.user.account.RESPONSE, read by chat: a copy of the accounts in every chat database."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from faust.types import EventT

from agents.batching import declare
from agents.homes import CopySink
from agents.recall import Recall
from chatstream.ports.accounts import ProfileStore
from infra.kafka.app import ChatStreamApp
from schemas import codec, records, topics

RESPONSE = topics.ACCOUNT_RESPONSE.name


class ProfileSink(CopySink[ProfileStore]):
    """Writes each account to all chat databases; see agents.batching.Sink."""

    lane = "profiles"

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


def register(app: ChatStreamApp, stores: Mapping[str, ProfileStore], recall: Recall) -> None:
    """Declare the agent `chat.profiles`; `stores` by database name, `recall` as for BatchLoop."""
    declare(app, "chat.profiles", [RESPONSE], ProfileSink(app, stores), recall=recall)
