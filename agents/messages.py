"""kakao.chat.chatMessage.REQUEST: wishes become messages, edits and deletes, facts on RESPONSE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from faust.types import EventT

from agents.batching import declare
from agents.conduct import judged_together, outgoing
from agents.homes import HomeSink
from agents.moderation import Judged, Moderator, Said, Verdicts, news_of, told_reason
from agents.wishes import check_partition, reject_wish
from chatstream.domain.abuse.verdicts import Reason
from chatstream.domain.messages import check_mentions, check_message, check_uuid
from chatstream.domain.times import from_text, now_text
from chatstream.errors import ErrorCode, PoisonMessage, UserError
from chatstream.ports.messages import (
    ChangeOutcome,
    ChangeWish,
    MessageOutcome,
    MessageStore,
    MessageWish,
    Outcome,
    Wish,
)
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
    ErrorCode.INVALID_INPUT: "replyTo names no message of the room",
}


class MessageSink(HomeSink[MessageStore]):
    """Decode, store in the lane's database, emit; see agents.batching.Sink."""

    def __init__(
        self,
        app: ChatStreamApp,
        homes: Mapping[int, str],
        stores: Mapping[str, MessageStore],
        moderator: Moderator,
    ) -> None:
        super().__init__(app, homes, stores)
        self.moderator = moderator

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Judge the messages, store the batch in one transaction and produce every outcome.

        Facts in order; after them what the rules over all rooms are to hear, and mutes.
        """
        wishes = [self.parse(event) for event in batch]
        verdicts = await self.moderator.judge(lane, list(map(_said, batch, wishes)))
        places = [
            _place(event.message.partition, wish, judged)
            for event, wish, judged in zip(batch, wishes, verdicts.judged, strict=True)
        ]
        generation = batch[-1].message.generation_id
        outcomes = await self.stores[lane].carry_out(generation, places)
        self.moderator.settle(verdicts, {outcome.wish: outcome for outcome in outcomes})
        told = [
            _outgoing(
                places[outcome.wish].partition,
                wishes[outcome.wish],
                outcome,
                verdicts.judged[outcome.wish],
            )
            for outcome in outcomes
        ]
        await send_all(self.app, [*told, *self._heard(verdicts)])
        self.moderator.finish(lane)

    def _heard(self, verdicts: Verdicts) -> list[Outgoing]:
        partitions = self.app.conf.topic_partitions
        judged, mutes = news_of(verdicts)
        return judged_together(judged, partitions) + [outgoing(each, partitions) for each in mutes]

    def parse(self, event: EventT) -> records.MessageRequest:
        """The wish of a record; PoisonMessage when it can never be carried out."""
        wish: records.MessageRequest = codec.decode(REQUEST, event.value)
        try:
            if not isinstance(wish, records.DeleteMessage):
                check_message(wish.message)
            for field in ("room_id", "account_id", "message_id", "request_id", "reply_to"):
                value = getattr(wish, field, None)
                if value is not None:
                    check_uuid(field, value)
            from_text(wish.requested_at)
            check_mentions(getattr(wish, "mentions", ()))
        except (UserError, ValueError) as error:
            raise PoisonMessage(str(error)) from error
        check_partition(self.app, event, "roomId", wish.room_id)
        return wish

    async def reject(self, event: EventT, reason: str) -> None:
        """Dead-letter the record; when it names its wish, answer it with MESSAGE_REFUSED."""

        def refusal(wish: records.MessageRequest) -> Outgoing:
            return _refusal(event.message.partition, wish, ErrorCode.MESSAGE_REFUSED, reason)

        await reject_wish(self.app, event, reason, refusal)


def _said(event: EventT, wish: records.MessageRequest) -> Said:
    return Said(
        partition=event.message.partition,
        offset=event.message.offset,
        room_id=wish.room_id,
        account_id=wish.account_id,
        message_id=wish.message_id,
        text=None if isinstance(wish, records.DeleteMessage) else wish.message,
        at=from_text(wish.requested_at).timestamp(),
        is_new=isinstance(wish, records.SendMessage),
    )


def _place(partition: int, wish: records.MessageRequest, judged: Judged) -> Wish:
    ids = (partition, wish.room_id, wish.account_id, wish.message_id)
    if isinstance(wish, records.SendMessage):
        verdict = (judged.shown, judged.is_refused)
        return MessageWish(*ids, wish.message, wish.reply_to, wish.mentions, *verdict)
    text = wish.message if isinstance(wish, records.EditMessage) else None
    shown = text if judged.shown is None else judged.shown
    return ChangeWish(*ids, wish.request_id, shown, judged.is_refused)


def _outgoing(
    partition: int, wish: records.MessageRequest, outcome: Outcome, judged: Judged
) -> Outgoing:
    if outcome.code is not None:
        code = ErrorCode(outcome.code)
        if code is ErrorCode.MESSAGE_REFUSED:
            return _refusal(partition, wish, code, *_why(outcome, judged))
        reason = getattr(outcome, "reason", "") or _REASONS.get(code, "")
        return _refusal(partition, wish, code, reason)
    if isinstance(wish, records.SendMessage) and isinstance(outcome, MessageOutcome):
        return _answer(partition, wish, _stored(wish, outcome))
    if not isinstance(wish, records.SendMessage) and isinstance(outcome, ChangeOutcome):
        return _answer(partition, wish, revised(wish, outcome))
    raise TypeError(f"{type(wish).__name__} was answered with {type(outcome).__name__}")


def _answer(partition: int, wish: records.MessageRequest, record: records.Record) -> Outgoing:
    return Outgoing(RESPONSE, partition, wish.room_id.encode(), records.encode(record))


def _stored(wish: records.SendMessage, outcome: MessageOutcome) -> records.MessageStored:
    kind: Any = outcome.room_kind
    return records.MessageStored(
        fact_no=outcome.fact_no,
        room_id=wish.room_id,
        seq=outcome.seq,
        rev=outcome.fact_no,
        message_id=wish.message_id,
        account_id=wish.account_id,
        user_id=outcome.user_id or wish.user_id,
        user_name=outcome.user_name or wish.user_name,
        message=wish.message if outcome.kept_text is None else outcome.kept_text,
        created_at=outcome.created_at,
        access_version=outcome.access_version,
        room_kind=kind,
        unread=outcome.unread,
        repeated=outcome.repeated,
        former_rev=outcome.former_rev,
        reply_to=records.quote(outcome.reply_to),
        mentions=records.people(outcome.mentions),
    )


def revised(
    wish: records.EditMessage | records.DeleteMessage, outcome: ChangeOutcome
) -> records.MessageEdited | records.MessageDeleted | records.MessageUnchanged:
    """The record that tells what became of a wish that was not refused."""
    if not outcome.fact_no:
        return records.MessageUnchanged(
            request_id=wish.request_id,
            room_id=wish.room_id,
            account_id=wish.account_id,
            message_id=wish.message_id,
            seq=outcome.seq,
            at=outcome.at,
        )
    kind: Any = outcome.room_kind
    fields: dict[str, Any] = {
        "fact_no": outcome.fact_no,
        "request_id": wish.request_id,
        "room_id": wish.room_id,
        "seq": outcome.seq,
        "rev": outcome.fact_no,
        "message_id": wish.message_id,
        "account_id": wish.account_id,
        "user_id": outcome.user_id or "",
        "user_name": outcome.user_name or "",
        "former": outcome.former,
        "created_at": outcome.created_at,
        "access_version": outcome.access_version,
        "room_kind": kind,
        "last_seq": outcome.last_seq,
        "unread": outcome.unread,
        "former_rev": outcome.former_rev,
    }
    if outcome.text is None:
        return records.MessageDeleted(**fields, deleted_at=outcome.at)
    return records.MessageEdited(
        **fields,
        message=outcome.text,
        edited_at=outcome.at,
        reply_to=records.quote(outcome.reply_to),
        mentions=records.people(outcome.mentions),
    )


def _why(outcome: Outcome, judged: Judged) -> tuple[str, str | None, str | None]:
    """(reason, until, cause) of a refusal by the rules: a mute that is stored, or the verdict."""
    if outcome.muted_until is not None:
        return str(Reason.MUTED), outcome.muted_until, outcome.muted_for
    return told_reason(judged)


def _refusal(
    partition: int,
    wish: records.MessageRequest,
    code: ErrorCode,
    reason: str,
    until: str | None = None,
    cause: str | None = None,
) -> Outgoing:
    ids: dict[str, Any] = {
        "room_id": wish.room_id,
        "account_id": wish.account_id,
        "message_id": wish.message_id,
        "code": str(code),
        "reason": reason,
        "at": now_text(),
        "until": until,
        "cause": cause,
    }
    if isinstance(wish, records.SendMessage):
        return _answer(partition, wish, records.MessageRefused(**ids))
    return _answer(partition, wish, records.ChangeRefused(request_id=wish.request_id, **ids))


def register(
    app: ChatStreamApp,
    homes: Mapping[int, str],
    stores: Mapping[str, MessageStore],
    moderator: Moderator,
) -> None:
    """Declare the agent `chat.messages`; `stores` by database name."""
    declare(app, "chat.messages", [REQUEST], MessageSink(app, homes, stores, moderator))
