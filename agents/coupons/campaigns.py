"""kakao.coupon.campaign.REQUEST: what operators ask becomes campaigns, and facts on RESPONSE."""

from __future__ import annotations

from collections.abc import Sequence

from agents.loop.batching import declare
from agents.loop.wish_sink import Answer, Asked, WishSink
from chatstream.domain.coupons.terms import check_terms
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode
from chatstream.ports.coupons import CampaignAct, CampaignStore, OperatorWish
from infra.faust.app import ChatStreamApp
from schemas import records
from schemas.contexts.coupons import CAMPAIGN

LANE = "coupon"

_ACTS: dict[type[records.CampaignWish], CampaignAct] = {
    records.CreateCampaign: CampaignAct.CREATE,
    records.ChangeCampaign: CampaignAct.CHANGE,
    records.CancelCampaign: CampaignAct.CANCEL,
}


class CampaignSink(WishSink[records.CampaignWish, CampaignStore]):
    """Wishes about campaigns."""

    stream = CAMPAIGN

    def check(self, record: records.CampaignWish) -> None:
        """Terms are such that a campaign can have them, and times are times."""
        if isinstance(record, records.CreateCampaign):
            check_terms(records.terms_of(record.terms), self.app.conf.topic_partitions)
        if isinstance(record, records.ChangeCampaign):
            records.changes_of(record.changes)

    async def carry_out(
        self, lane: str, generation: int | None, asked: Sequence[Asked[records.CampaignWish]]
    ) -> Sequence[Answer]:
        """See WishSink."""
        wishes = [wish_of(each.partition, each.record) for each in asked]
        answers = await self.stores[lane].carry_out(generation, wishes)
        return [(each.wish, each.body) for each in answers]

    def refusal(
        self, record: records.CampaignWish, code: ErrorCode, reason: str
    ) -> records.CampaignRefused:
        """See WishSink."""
        return records.CampaignRefused(
            request_id=record.request_id,
            account_id=record.account_id,
            campaign_id=record.campaign_id,
            code=str(code),
            reason=reason,
            at=now_text(),
        )


def wish_of(partition: int, record: records.CampaignWish) -> OperatorWish:
    """What a record in a partition asks."""
    new = record.terms if isinstance(record, records.CreateCampaign) else None
    changes = record.changes if isinstance(record, records.ChangeCampaign) else None
    return OperatorWish(
        partition=partition,
        request_id=record.request_id,
        account_id=record.account_id,
        campaign_id=record.campaign_id,
        act=_ACTS[type(record)],
        terms=None if new is None else records.terms_of(new),
        changes=None if changes is None else records.changes_of(changes),
    )


def register(app: ChatStreamApp, store: CampaignStore) -> None:
    """Declare the agent `coupon.campaigns`."""
    declare(app, "coupon.campaigns", [CAMPAIGN.request.name], CampaignSink(app, {LANE: store}))
