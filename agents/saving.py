"""kakao.chat.savedMessage.REQUEST: messages that accounts keep for themselves.

What is kept is a state: its outcomes have no fact number, and nobody but who asked reads them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agents.loop.batching import declare
from agents.loop.wish_sink import Answer, Asked, WishSink
from chatstream.domain.times import from_text, now_text
from chatstream.errors import ErrorCode
from chatstream.ports.saving import SavedStore, SaveOutcome, SaveWish
from infra.faust.app import ChatStreamApp
from schemas import records
from schemas.contexts.saving import SAVED

_REASONS = {
    ErrorCode.ROOM_NOT_FOUND: "there is no such room",
    ErrorCode.NOT_A_MEMBER: "only members keep messages of a room",
    ErrorCode.MESSAGE_NOT_FOUND: "the room has no such message",
}


class SavedSink(WishSink[records.SavedRequest, SavedStore]):
    """Wishes to keep a message; answered in their order."""

    stream = SAVED

    def check(self, record: records.SavedRequest) -> None:
        """A message is kept from the time of its wish on."""
        from_text(record.requested_at)

    async def carry_out(
        self, lane: str, generation: int | None, asked: Sequence[Asked[records.SavedRequest]]
    ) -> Sequence[Answer]:
        """See WishSink."""
        wishes = [wish_of(each.record, each.partition) for each in asked]
        outcomes = await self.stores[lane].carry_out(generation, wishes)
        pairs = zip(asked, outcomes, strict=True)
        return list(enumerate(self.answer(each.record, outcome) for each, outcome in pairs))

    def answer(self, record: records.SavedRequest, outcome: SaveOutcome) -> records.SavedResponse:
        """The record that tells what became of the wish."""
        if outcome.code is not None:
            code = ErrorCode(outcome.code)
            return self.refusal(record, code, _REASONS.get(code, ""))
        if outcome.saved_at is None:
            return records.MessageUnsaved(**_named(record), at=now_text())
        return records.MessageSaved(**_named(record), saved_at=outcome.saved_at)

    def refusal(
        self, record: records.SavedRequest, code: ErrorCode, reason: str
    ) -> records.SaveRefused:
        """See WishSink."""
        return records.SaveRefused(**_named(record), code=str(code), reason=reason, at=now_text())


def wish_of(record: records.SavedRequest, partition: int) -> SaveWish:
    """What a record in a partition asks."""
    return SaveWish(
        partition=partition,
        room_id=record.room_id,
        account_id=record.account_id,
        message_id=record.message_id,
        keeps=isinstance(record, records.SaveMessage),
        at=from_text(record.requested_at),
    )


def _named(record: records.SavedRequest) -> dict[str, Any]:
    return {
        "request_id": record.request_id,
        "room_id": record.room_id,
        "account_id": record.account_id,
        "message_id": record.message_id,
    }


def register(
    app: ChatStreamApp, homes: Mapping[int, str], stores: Mapping[str, SavedStore]
) -> None:
    """Declare the agent `chat.saved`; `stores` by database name."""
    declare(app, "chat.saved", [SAVED.request.name], SavedSink(app, stores, homes))
