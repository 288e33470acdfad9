"""kakao.chat.chatMessage.REQUEST: wishes become stored messages and facts on RESPONSE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from faust.types import EventT

from agents.batching import BatchLoop
from agents.wishes import check_partition, reject_wish
from chatstream.domain.messages import check_message, check_uuid
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode, PoisonMessage, UserError
from chatstream.ports.messages import MessageOutcome, MessageStore, MessageWish
from infra.kafka.app import ChatStreamApp
from infra.kafka.producer import Outgoing, send_all
from schemas import codec, records, topics

REQUEST = topics.MESSAGE_REQUEST.name
RESPONSE = topics.MESSAGE_RESPONSE.name

_REASONS = {
    ErrorCode.ROOM_NOT_FOUND: "there is no such room",
    ErrorCode.NOT_A_MEMBER: "the sender is not a member of the room",
    ErrorCode.NOT_AUTHENTICATED: "the account is erased",
    ErrorCode.MESSAGE_ID_REUSED: "this messageId was used for another text; use a new one",
}


class MessageSink:
    """Decode, store in the lane's database, emit; see agents.batching.Sink."""

    def __init__(
        self, app: ChatStreamApp, homes: Mapping[int, str], stores: Mapping[str, MessageStore]
    ) -> None:
        self.app = app
        self.homes = homes
        self.stores = stores

    def lane_of(self, topic: str, partition: int) -> str:
        """The database that holds the partition."""
        return self.homes[partition]

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Store the batch in one transaction and produce every outcome, facts in order."""
        wishes = [self.parse(event) for event in batch]
        places = [
            MessageWish(
                event.message.partition,
                wish.room_id,
                wish.account_id,
                wish.message_id,
                wish.message,
            )
            for event, wish in zip(batch, wishes, strict=True)
        ]
        generation = batch[-1].message.generation_id
        outcomes = await self.stores[lane].store(generation, places)
        await send_all(
            self.app,
            [
                _outgoing(places[outcome.wish].partition, wishes[outcome.wish], outcome)
                for outcome in outcomes
            ],
        )

    def parse(self, event: EventT) -> records.SendMessage:
        """The wish of a record; PoisonMessage when it can never be carried out."""
        wish: records.SendMessage = codec.decode(REQUEST, event.value)
        try:
            check_message(wish.message)
            for field in ("room_id", "account_id", "message_id"):
                check_uuid(field, getattr(wish, field))
        except UserError as error:
            raise PoisonMessage(str(error)) from error
        check_partition(self.app, event, "roomId", wish.room_id)
        return wish

    async def reject(self, event: EventT, reason: str) -> None:
        """Dead-letter the record; when it names its wish, answer it with MESSAGE_REFUSED."""

        def refusal(wish: records.SendMessage) -> Outgoing:
            return _refusal(event.message.partition, wish, ErrorCode.MESSAGE_REFUSED, reason)

        await reject_wish(self.app, event, reason, refusal)


def _outgoing(partition: int, wish: records.SendMessage, outcome: MessageOutcome) -> Outgoing:
    if outcome.code is not None:
        code = ErrorCode(outcome.code)
        return _refusal(partition, wish, code, _REASONS.get(code, ""))
    kind: Any = outcome.room_kind
    fact = records.MessageStored(
        fact_no=outcome.fact_no,
        room_id=wish.room_id,
        seq=outcome.seq,
        rev=outcome.fact_no,
        message_id=wish.message_id,
        account_id=wish.account_id,
        user_id=outcome.user_id or wish.user_id,
        user_name=outcome.user_name or wish.user_name,
        message=wish.message,
        created_at=outcome.created_at,
        access_version=outcome.access_version,
        room_kind=kind,
        unread=outcome.unread,
        repeated=outcome.repeated,
    )
    return Outgoing(RESPONSE, partition, wish.room_id.encode(), records.encode(fact))


def _refusal(partition: int, wish: records.SendMessage, code: ErrorCode, reason: str) -> Outgoing:
    record = records.MessageRefused(
        room_id=wish.room_id,
        account_id=wish.account_id,
        message_id=wish.message_id,
        code=str(code),
        reason=reason,
        at=now_text(),
    )
    return Outgoing(RESPONSE, partition, wish.room_id.encode(), records.encode(record))


def register(
    app: ChatStreamApp, homes: Mapping[int, str], stores: Mapping[str, MessageStore]
) -> None:
    """Declare the agent `chat.messages`; `stores` by database name."""
    topic = app.topic(REQUEST, value_serializer="raw", key_serializer="raw", value_type=bytes)
    sink = MessageSink(app, homes, stores)

    @app.agent(topic, name="chat.messages")
    async def messages(stream: Any) -> None:
        await BatchLoop(app, sink, app.chatstream.batch).run(stream)
