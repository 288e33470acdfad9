"""What a front does with the records of coupons that its tail reads."""

from __future__ import annotations

from dataclasses import dataclass

from schemas import records
from web.coupons.doors import Doors
from web.coupons.elsewhere import WaitingElsewhere
from web.coupons.open_claims import OpenClaims
from web.coupons.pace import ClaimPace
from web.outcomes import RecordHandler


@dataclass(frozen=True)
class CouponHearing:
    """The parts that learn from records; `tell` is the hub's."""

    doors: Doors
    claims: OpenClaims
    elsewhere: WaitingElsewhere
    pace: ClaimPace
    tell: RecordHandler

    def of_campaign(self, partition: int, record: object) -> None:
        """A fact changes what is certain of its campaign."""
        if isinstance(record, records.CampaignFact):
            self.doors.heard(record.campaign_id)

    def of_claim(self, partition: int, record: object) -> None:
        """A claim is decided; when nothing is left who has a claim is read from then on."""
        if isinstance(record, records.CampaignSoldOut):
            self.doors.heard(record.campaign_id)
        elif isinstance(record, records.ClaimFact):
            self.pace.heard(record.campaign_id)
            self.claims.heard(record.campaign_id, record.account_id, record.claim_id)
            self.elsewhere.decided(partition, record.offset, record.account_id, record.claim_id)
        elif isinstance(record, records.ClaimTurnedAway):
            self.claims.heard(record.campaign_id, record.account_id, record.request_id)
            self.elsewhere.ended(record.account_id, record.request_id)
        self.tell(partition, record)

    def of_waiting(self, partition: int, record: object) -> None:
        """A front tells that a claim waits, which its account is shown wherever it listens."""
        if isinstance(record, records.ClaimWaits):
            self.elsewhere.heard(record)
        self.tell(partition, record)
