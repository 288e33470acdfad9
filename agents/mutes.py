"""kakao.user.sanction.RESPONSE, read by chat: a copy of the mutes in every chat database."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from faust.types import EventT

from agents.batching import declare
from agents.dead_letters import dead_letter
from chatstream.ports.sanctions import Mute, MuteStore
from infra.kafka.app import ChatStreamApp
from infra.kafka.producer import send_all
from schemas import codec, records, topics

RESPONSE = topics.SANCTION_RESPONSE.name


class MuteSink:
    """Writes each mute, and its end, to all chat databases; see agents.batching.Sink.

    One lane, as the profiles: a database that is down holds back the copies, never the messages.
    """

    def __init__(self, app: ChatStreamApp, stores: Mapping[str, MuteStore]) -> None:
        self.app = app
        self.stores = stores

    def lane_of(self, topic: str, partition: int) -> str:
        """All partitions share one lane."""
        return "mutes"

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Keep what the batch says; repeating it changes nothing."""
        decoded = (codec.decode(RESPONSE, event.value) for event in batch)
        mutes = [mute for record in decoded if (mute := mute_of(record)) is not None]
        if mutes:
            await asyncio.gather(*(store.store(mutes) for store in self.stores.values()))

    async def reject(self, event: EventT, reason: str) -> None:
        """Dead-letter the record; nobody waits for it."""
        await send_all(self.app, [dead_letter(event, reason)])


def mute_of(record: object) -> Mute | None:
    """The mute as a fact leaves it; None for what is no fact."""
    if not isinstance(record, records.SanctionImposed | records.SanctionLifted):
        return None
    return Mute(
        sanction_id=record.sanction_id,
        account_id=record.account_id,
        room_id=record.room_id,
        reason=record.reason,
        until=record.until if isinstance(record, records.SanctionImposed) else record.at,
        forget_at=record.until,
        fact_no=record.fact_no,
    )


def register(app: ChatStreamApp, stores: Mapping[str, MuteStore]) -> None:
    """Declare the agent `chat.mutes`; `stores` by database name."""
    declare(app, "chat.mutes", [RESPONSE], MuteSink(app, stores))
