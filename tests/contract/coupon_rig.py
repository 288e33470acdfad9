"""The stores of coupons in Postgres, with the offsets that the claims' topic would give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from chatstream.domain.coupons.terms import Terms
from chatstream.domain.partitions import partition_of
from chatstream.ports.coupons import (
    CampaignAct,
    ClaimStore,
    ClaimWish,
    CouponAnswer,
    OperatorWish,
)
from infra.postgres.campaigns import PostgresCampaigns
from infra.postgres.claims import PostgresClaims
from infra.postgres.coupon_copies import PostgresKnownAccounts
from infra.postgres.coupon_erasure import PostgresCouponEraser
from infra.postgres.coupon_reader import PostgresCouponReader
from infra.postgres.epochs import LineEpochs
from infra.postgres.pool import Database
from schemas import codec, records
from schemas.contexts.coupons import CAMPAIGN, CLAIM
from tests.fakes.coupons import OPENS, PARTITIONS, claim, place_of

GENERATION = 1
OPERATOR = str(uuid4())


def told(answers: Sequence[CouponAnswer]) -> list[Any]:
    """The records of answers."""
    return [codec.decode(CLAIM.response.name, each.body) for each in answers]


class Rig:
    """A coupon database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.claims: ClaimStore = PostgresClaims(
            database, LineEpochs(database, CLAIM.response.name)
        )
        line = LineEpochs(database, CAMPAIGN.response.name)
        self.campaigns = PostgresCampaigns(database, line, PARTITIONS)
        self.reader = PostgresCouponReader(database)
        self.eraser = PostgresCouponEraser(database)
        self.accounts = PostgresKnownAccounts(database)
        self.offsets: Counter[int] = Counter()

    async def ask(self, campaign_id: str, act: CampaignAct, **more: Any) -> Any:
        """What an operator is answered."""
        request_id = more.pop("request_id", None) or str(uuid4())
        wish = OperatorWish(
            partition=partition_of(campaign_id, PARTITIONS),
            request_id=request_id,
            account_id=OPERATOR,
            campaign_id=campaign_id,
            act=act,
            **more,
        )
        (answer,) = await self.campaigns.carry_out(GENERATION, [wish])
        return codec.decode(CAMPAIGN.response.name, answer.body)

    async def create(self, its: Terms) -> str:
        """A campaign with these terms."""
        campaign_id = str(uuid4())
        created = await self.ask(campaign_id, CampaignAct.CREATE, terms=its)
        assert isinstance(created, records.CampaignCreated), created
        return campaign_id

    def claim(
        self,
        campaign_id: str,
        account_id: str,
        at: datetime = OPENS,
        partitions: int = 1,
        claim_id: str = "",
    ) -> ClaimWish:
        """A claim at the next offset of its partition."""
        _, partition = place_of(campaign_id, account_id, partitions)
        offset = self.offsets[partition]
        self.offsets[partition] += 1
        return claim(campaign_id, account_id, claim_id or str(uuid4()), offset, at, partitions)

    def base(self, wish: ClaimWish, account_id: str | None, at: datetime) -> dict[str, Any]:
        """What a wish about a claim's coupon has; None: of the claim's account."""
        offset = self.offsets[wish.partition]
        self.offsets[wish.partition] += 1
        return {
            "partition": wish.partition,
            "offset": offset,
            "appended_at": at,
            "slice": wish.slice,
            "request_id": str(uuid4()),
            "account_id": account_id or wish.account_id,
            "campaign_id": wish.campaign_id,
        }

    async def do(self, *wishes: Any) -> list[Any]:
        """What becomes of a batch."""
        return told(await self.claims.carry_out(GENERATION, wishes))
