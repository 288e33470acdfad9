"""kakao.user.sanction.RESPONSE, read by chat: a copy of the mutes in every chat database."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from faust.types import EventT

from agents.batching import declare
from agents.homes import CopySink
from agents.recall import Recall
from chatstream.ports.sanctions import Mute, MuteStore
from infra.kafka.app import ChatStreamApp
from schemas import codec, records, topics

RESPONSE = topics.SANCTION_RESPONSE.name


class MuteSink(CopySink[MuteStore]):
    """Writes each mute, and its end, to all chat databases; see agents.batching.Sink."""

    lane = "mutes"

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Keep what the batch says; repeating it changes nothing."""
        decoded = (codec.decode(RESPONSE, event.value) for event in batch)
        mutes = [mute for record in decoded if (mute := mute_of(record)) is not None]
        if mutes:
            await asyncio.gather(*(store.store(mutes) for store in self.stores.values()))


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


def register(app: ChatStreamApp, stores: Mapping[str, MuteStore], recall: Recall) -> None:
    """Declare the agent `chat.mutes`; `stores` by database name, `recall` as for BatchLoop."""
    declare(app, "chat.mutes", [RESPONSE], MuteSink(app, stores), recall=recall)
