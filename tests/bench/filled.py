"""The agent that decides claims, reading a topic that was filled while it was away."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chatstream.domain.coupons.terms import Benefit, Terms
from chatstream.domain.partitions import partition_of
from chatstream.domain.times import now_text
from infra.embedded.services import ProcessCounts
from infra.embedded.stack import Stack
from infra.embedded.waiting import wait_until
from schemas import records
from schemas.contexts.coupons import CAMPAIGN, CLAIM
from tests.bench.claimants import AGE, enter
from tests.bench.live import PARTITIONS, Live, live_stack
from tests.bench.processes import cpu_of
from tests.client.known import rows

WORKER = "coupon-1"
COUNTS = ProcessCounts(coupon=1)
WITHIN = 600.0
_DECIDED = "select coalesce(sum(last_place), 0)::int from slices where campaign_id = %s::uuid"


@dataclass(frozen=True)
class Decided:
    """So many claims in so many seconds of the worker, and its CPU seconds."""

    claims: int
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        """Claims a second."""
        return self.claims / self.seconds


@dataclass
class Filled:
    """A broker and a worker of their own, and the database it decides in."""

    live: Live
    dsn: str
    accounts: Sequence[str]

    def campaign(self, stock: int) -> str:
        """A campaign that opens in a moment; the worker runs."""
        campaign_id = str(uuid.uuid4())
        opens_at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=2)
        terms = Terms(
            title="Bench",
            benefit=Benefit("amount", 1000, ""),
            stock=stock,
            opens_at=opens_at,
            closes_at=opens_at + timedelta(hours=3),
            valid_days=1,
            min_account_age=AGE,
        )
        wish = records.CreateCampaign(
            request_id=str(uuid.uuid4()),
            account_id=str(uuid.uuid4()),
            campaign_id=campaign_id,
            terms=records.told_terms(terms),
            requested_at=now_text(),
        )
        self.live.produce(
            CAMPAIGN.request.name,
            [(partition_of(wish.key, PARTITIONS), wish.key.encode(), records.encode(wish))],
        )
        made = "select 1 from campaigns where campaign_id = %s::uuid"
        wait_until(lambda: bool(rows(self.dsn, made, campaign_id)), WITHIN, "the campaign")
        wait_until(lambda: datetime.now(UTC) > opens_at, WITHIN, "its opening")
        return campaign_id

    def decide(self, campaign_id: str, claims: int) -> Decided:
        """Fill the topic while the worker is away, then let it decide all of it."""
        stack = self.live.stack
        stack.stop_process(WORKER)
        place = partition_of(campaign_id, PARTITIONS)
        key = campaign_id.encode()
        said = (
            (place, key, claim_of(campaign_id, self.accounts[number % len(self.accounts)]))
            for number in range(claims)
        )
        self.live.produce(CLAIM.request.name, said)
        stack.start_process(WORKER)
        began, cpu = time.perf_counter(), 0.0

        def is_done() -> bool:
            nonlocal began, cpu
            now, used = time.perf_counter(), cpu_of(stack.pid(WORKER))
            decided = rows(self.dsn, _DECIDED, campaign_id)[0][0]
            if not decided:
                began, cpu = now, used
            return bool(decided == claims)

        wait_until(is_done, WITHIN, f"{claims:,} claims")
        return Decided(claims, time.perf_counter() - began, cpu_of(stack.pid(WORKER)) - cpu)


def claim_of(campaign_id: str, account_id: str) -> bytes:
    """The record of a claim."""
    return records.encode(
        records.ClaimCoupon(
            request_id=str(uuid.uuid4()),
            account_id=account_id,
            campaign_id=campaign_id,
            requested_at=now_text(),
        )
    )


def decided(
    beside: Stack, accounts: list[str], claims: int, stocks: Sequence[int]
) -> list[Decided]:
    """For each stock: so many claims of these accounts, decided by one worker. Blocks."""
    with live_stack(beside, COUNTS) as live:
        others = json.loads(live.stack.env()["CHATSTREAM_POSTGRES__OTHERS"])
        filled = Filled(live, others["coupon"]["coupon"], accounts)
        enter(filled.dsn, accounts)
        live.stack.start_process(WORKER)
        live.stack.wait_ready(WORKER)
        campaigns = [filled.campaign(stock) for stock in stocks]
        return [filled.decide(campaign_id, claims) for campaign_id in campaigns]
