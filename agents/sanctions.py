"""kakao.user.sanction.REQUEST: sanctions are imposed and lifted, and facts on RESPONSE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from faust.types import EventT

from agents.batching import declare
from agents.wishes import check_partition, reject_wish
from chatstream.domain.messages import check_uuid
from chatstream.domain.times import from_text, now_text
from chatstream.errors import ErrorCode, PoisonMessage, UserError
from chatstream.ports.sanctions import Impose, Lift, SanctionFact, SanctionStore, SanctionWish
from infra.kafka.app import ChatStreamApp
from infra.kafka.producer import Outgoing, send_all
from schemas import codec, records, topics

REQUEST = topics.SANCTION_REQUEST.name
RESPONSE = topics.SANCTION_RESPONSE.name
LANE = "auth"


class SanctionSink:
    """Decode, store, emit; see agents.batching.Sink."""

    def __init__(self, app: ChatStreamApp, store: SanctionStore) -> None:
        self.app = app
        self.store = store

    def lane_of(self, topic: str, partition: int) -> str:
        """One lane: all sanctions are in one database."""
        return LANE

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Store the batch in one transaction and produce every outcome, facts in order."""
        asked = [self.parse(event) for event in batch]
        wishes = [_wish(event, record) for event, record in zip(batch, asked, strict=True)]
        facts = await self.store.carry_out(batch[-1].message.generation_id, wishes)
        told = [_told(wishes[each.wish], asked[each.wish], each) for each in facts]
        known = {each.wish for each in facts}
        told += [
            _refusal(wish.partition, record, ErrorCode.NOT_FOUND, "there is no such sanction")
            for index, (wish, record) in enumerate(zip(wishes, asked, strict=True))
            if index not in known
        ]
        await send_all(self.app, told)

    def parse(self, event: EventT) -> records.ImposeSanction | records.LiftSanction:
        """The wish of a record; PoisonMessage when it can never be carried out."""
        record: records.ImposeSanction | records.LiftSanction = codec.decode(REQUEST, event.value)
        try:
            check_uuid("requestId", record.request_id)
            check_uuid("accountId", record.account_id)
            if isinstance(record, records.LiftSanction):
                check_uuid("sanctionId", record.sanction_id)
                check_uuid("liftedBy", record.lifted_by)
            else:
                if record.room_id is not None:
                    check_uuid("roomId", record.room_id)
                for at in (record.since, record.until):
                    from_text(at)
        except (UserError, ValueError) as error:
            raise PoisonMessage(str(error)) from error
        check_partition(self.app, event, "accountId", record.account_id)
        return record

    async def reject(self, event: EventT, reason: str) -> None:
        """Dead-letter the record; when it names its wish, answer it with INVALID_INPUT."""

        def refusal(record: records.SanctionRequest) -> Outgoing:
            return _refusal(event.message.partition, record, ErrorCode.INVALID_INPUT, reason)

        await reject_wish(self.app, event, reason, refusal)


def _wish(event: EventT, record: records.SanctionRequest) -> SanctionWish:
    partition = event.message.partition
    if isinstance(record, records.LiftSanction):
        return Lift(
            partition, record.request_id, record.account_id, record.sanction_id, record.lifted_by
        )
    return Impose(
        partition=partition,
        request_id=record.request_id,
        account_id=record.account_id,
        room_id=record.room_id,
        reason=record.reason,
        detail=record.detail,
        since=record.since,
        until=record.until,
    )


def _told(wish: SanctionWish, asked: records.SanctionRequest, fact: SanctionFact) -> Outgoing:
    common: dict[str, Any] = {
        "fact_no": fact.fact_no,
        "request_id": asked.request_id,
        "sanction_id": fact.sanction_id,
        "account_id": fact.account_id,
        "room_id": fact.room_id,
        "reason": fact.reason,
        "until": fact.until,
        "at": fact.at,
    }
    if fact.lifted_by is None:
        record: records.Record = records.SanctionImposed(**common, since=fact.since)
    else:
        record = records.SanctionLifted(**common, lifted_by=fact.lifted_by)
    return Outgoing(RESPONSE, wish.partition, fact.account_id.encode(), records.encode(record))


def _refusal(
    partition: int, asked: records.SanctionRequest, code: ErrorCode, reason: str
) -> Outgoing:
    record = records.SanctionRefused(
        request_id=asked.request_id,
        account_id=asked.account_id,
        code=str(code),
        reason=reason,
        at=now_text(),
    )
    return Outgoing(RESPONSE, partition, asked.account_id.encode(), records.encode(record))


def register(app: ChatStreamApp, store: SanctionStore) -> None:
    """Declare the agent `user.sanctions`."""
    declare(app, "user.sanctions", [REQUEST], SanctionSink(app, store))
