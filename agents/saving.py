"""kakao.chat.savedMessage.REQUEST: messages that accounts keep for themselves.

What is kept is a state: its outcomes have no fact number, and nobody but who asked reads them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from faust.types import EventT

from agents.batching import declare
from agents.homes import HomeSink
from agents.wishes import check_partition, reject_wish
from chatstream.domain.messages import check_uuid
from chatstream.domain.times import from_text, now_text
from chatstream.errors import ErrorCode, PoisonMessage, UserError
from chatstream.ports.saving import SavedStore, SaveOutcome, SaveWish
from infra.kafka.app import ChatStreamApp
from infra.kafka.producer import Outgoing, send_all
from schemas import codec, records, topics

REQUEST = topics.SAVED_REQUEST.name
RESPONSE = topics.SAVED_RESPONSE.name

_REASONS = {
    ErrorCode.ROOM_NOT_FOUND: "there is no such room",
    ErrorCode.NOT_A_MEMBER: "only members keep messages of a room",
    ErrorCode.MESSAGE_NOT_FOUND: "the room has no such message",
}


class SavedSink(HomeSink[SavedStore]):
    """Decode, save in the lane's database, emit; see agents.batching.Sink."""

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Carry out the batch in one transaction and answer every wish, in order."""
        parsed = [self.parse(event) for event in batch]
        outcomes = await self.stores[lane].carry_out(
            batch[-1].message.generation_id, [wish for _, wish in parsed]
        )
        await send_all(
            self.app,
            [
                _outgoing(wish.partition, _answer(record, outcome))
                for (record, wish), outcome in zip(parsed, outcomes, strict=True)
            ],
        )

    def parse(self, event: EventT) -> tuple[records.SavedRequest, SaveWish]:
        """The wish of a record; PoisonMessage when it can never be carried out."""
        record: records.SavedRequest = codec.decode(REQUEST, event.value)
        try:
            for field in ("room_id", "account_id", "message_id", "request_id"):
                check_uuid(field, getattr(record, field))
            at = from_text(record.requested_at)
        except (UserError, ValueError) as error:
            raise PoisonMessage(str(error)) from error
        check_partition(self.app, event, "roomId", record.room_id)
        wish = SaveWish(
            partition=event.message.partition,
            room_id=record.room_id,
            account_id=record.account_id,
            message_id=record.message_id,
            keeps=isinstance(record, records.SaveMessage),
            at=at,
        )
        return record, wish

    async def reject(self, event: EventT, reason: str) -> None:
        """Dead-letter the record; when it names its wish, answer it with a refusal."""

        def refusal(record: records.SavedRequest) -> Outgoing:
            refused = _refusal(record, str(ErrorCode.INVALID_INPUT), reason)
            return _outgoing(event.message.partition, refused)

        await reject_wish(self.app, event, reason, refusal)


def _answer(record: records.SavedRequest, outcome: SaveOutcome) -> records.SavedResponse:
    if outcome.code is not None:
        reason = _REASONS.get(ErrorCode(outcome.code), "")
        return _refusal(record, outcome.code, reason)
    named: dict[str, Any] = {
        "request_id": record.request_id,
        "room_id": record.room_id,
        "account_id": record.account_id,
        "message_id": record.message_id,
    }
    if outcome.saved_at is None:
        return records.MessageUnsaved(**named, at=now_text())
    return records.MessageSaved(**named, saved_at=outcome.saved_at)


def _refusal(record: records.SavedRequest, code: str, reason: str) -> records.SaveRefused:
    return records.SaveRefused(
        request_id=record.request_id,
        room_id=record.room_id,
        account_id=record.account_id,
        message_id=record.message_id,
        code=code,
        reason=reason,
        at=now_text(),
    )


def _outgoing(partition: int, record: records.SavedResponse) -> Outgoing:
    return Outgoing(RESPONSE, partition, record.room_id.encode(), records.encode(record))


def register(
    app: ChatStreamApp, homes: Mapping[int, str], stores: Mapping[str, SavedStore]
) -> None:
    """Declare the agent `chat.saved`; `stores` by database name."""
    declare(app, "chat.saved", [REQUEST], SavedSink(app, homes, stores))
