"""kakao.user.sanction.RESPONSE, read by chat: a copy of the mutes in every chat database."""

from __future__ import annotations

from collections.abc import Mapping

from agents.loop.batching import declare
from agents.loop.copy_sink import CopySink
from agents.loop.recall import Recall
from chatstream.ports.copies import CopyStore
from chatstream.ports.sanctions import Mute
from infra.faust.app import ChatStreamApp
from schemas import records
from schemas.contexts.conduct import SANCTION


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


class MuteSink(CopySink[Mute]):
    """Mutes and their ends."""

    stream = SANCTION
    lane = "mutes"
    row_of = staticmethod(mute_of)


def register(app: ChatStreamApp, stores: Mapping[str, CopyStore[Mute]], recall: Recall) -> None:
    """Declare the agent `chat.mutes`; `stores` by database name, `recall` as for BatchLoop."""
    declare(app, "chat.mutes", [SANCTION.response.name], MuteSink(app, stores), recall=recall)
