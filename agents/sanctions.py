"""kakao.user.sanction.REQUEST: sanctions are imposed and lifted, and facts on RESPONSE."""

from __future__ import annotations

from collections.abc import Sequence

from agents.loop.batching import declare
from agents.loop.wish_sink import Answer, Asked, WishSink
from chatstream.domain.times import from_text, now_text
from chatstream.errors import ErrorCode
from chatstream.ports.sanctions import Impose, Lift, SanctionStore, SanctionWish
from infra.faust.app import ChatStreamApp
from schemas import records
from schemas.contexts.conduct import SANCTION

LANE = "auth"


class SanctionSink(WishSink[records.SanctionRequest, SanctionStore]):
    """Wishes for sanctions and for their end."""

    stream = SANCTION

    def check(self, record: records.SanctionRequest) -> None:
        """A sanction begins and ends at moments."""
        if isinstance(record, records.ImposeSanction):
            from_text(record.since)
            from_text(record.until)

    async def carry_out(
        self, lane: str, generation: int | None, asked: Sequence[Asked[records.SanctionRequest]]
    ) -> Sequence[Answer]:
        """See WishSink."""
        wishes = [wish_of(each.partition, each.record) for each in asked]
        facts = await self.stores[lane].carry_out(generation, wishes)
        told: list[Answer] = [
            (each.wish, records.sanction_fact(asked[each.wish].record.request_id, each))
            for each in facts
        ]
        without = sorted(set(range(len(asked))) - {each.wish for each in facts})
        return told + [(index, self._not_found(asked[index].record)) for index in without]

    def _not_found(self, record: records.SanctionRequest) -> records.SanctionRefused:
        return self.refusal(record, ErrorCode.NOT_FOUND, "there is no such sanction")

    def refusal(
        self, record: records.SanctionRequest, code: ErrorCode, reason: str
    ) -> records.SanctionRefused:
        """See WishSink."""
        return records.SanctionRefused(
            request_id=record.request_id,
            account_id=record.account_id,
            code=str(code),
            reason=reason,
            at=now_text(),
        )


def wish_of(partition: int, record: records.SanctionRequest) -> SanctionWish:
    """What a record in a partition asks."""
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


def register(app: ChatStreamApp, store: SanctionStore) -> None:
    """Declare the agent `user.sanctions`."""
    declare(app, "user.sanctions", [SANCTION.request.name], SanctionSink(app, {LANE: store}))
