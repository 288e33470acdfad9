"""ports.coupons in memory: the ledger and the records of the real store, without its locks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from chatstream.domain.coupons.claims import Claimant, ClaimBoard, ClaimClock, ShortError, Slice
from chatstream.domain.coupons.slices import slice_of, stock_of
from chatstream.domain.coupons.terms import Benefit, Terms
from chatstream.domain.coupons.uses import HeldCoupon
from chatstream.domain.lines import Numbers, in_fact_order
from chatstream.domain.partitions import partition_of
from chatstream.ports.coupons import ClaimWish, CouponAnswer, CouponWish
from infra.postgres.coupon_ledger import Former, JudgedWish, Ledger
from infra.postgres.coupon_records import tell

PARTITIONS = 8
OPENS = datetime(2026, 12, 1, 12, tzinfo=UTC)
CLOSES = datetime(2026, 12, 1, 13, tzinfo=UTC)


def terms(**changes: object) -> Terms:
    """Those of a campaign of two coupons, changed."""
    fields: dict[str, object] = {
        "title": "첫눈 쿠폰",
        "benefit": Benefit("amount", 3000, "3,000원"),
        "stock": 2,
        "opens_at": OPENS,
        "closes_at": CLOSES,
        "valid_days": 7,
    }
    return Terms(**(fields | changes))  # type: ignore[arg-type]


def place_of(campaign_id: str, account_id: str, partitions: int) -> tuple[int, int]:
    """The slice and the partition of an account's claims."""
    own = slice_of(campaign_id, account_id, partitions)
    return own, (partition_of(campaign_id, PARTITIONS) + own) % PARTITIONS


def claim(
    campaign_id: str, account_id: str, claim_id: str, offset: int, at: datetime, partitions: int = 1
) -> ClaimWish:
    """A claim at an offset of its partition, appended at that time."""
    own, partition = place_of(campaign_id, account_id, partitions)
    return ClaimWish(
        partition=partition,
        offset=offset,
        appended_at=at,
        slice=own,
        request_id=claim_id,
        account_id=account_id,
        campaign_id=campaign_id,
        partitions=partitions,
    )


@dataclass
class FakeClaims:
    """ports.coupons.ClaimStore; a batch that runs short is judged again with all slices."""

    boards: dict[str, ClaimBoard] = field(default_factory=dict)
    clocks: dict[int, ClaimClock] = field(default_factory=dict)
    claimants: dict[tuple[str, str], Claimant] = field(default_factory=dict)
    coupons: dict[str, HeldCoupon] = field(default_factory=dict)
    numbers: Numbers = field(
        default_factory=lambda: Numbers(dict.fromkeys(range(PARTITIONS), 0), OPENS)
    )

    def add(self, campaign_id: str, its: Terms) -> None:
        """A new campaign."""
        stock = stock_of(its.stock, its.partitions)
        slices = {number: Slice(left) for number, left in enumerate(stock)}
        self.boards[campaign_id] = ClaimBoard(campaign_id, its, slices)

    async def carry_out(
        self, generation: int | None, wishes: Sequence[CouponWish]
    ) -> Sequence[CouponAnswer]:
        """See ports.coupons.ClaimStore."""
        whole: set[str] = set()
        while True:
            ledger = self._ledger(wishes, whole)
            try:
                judged = [ledger.judge(wish) for wish in wishes]
                break
            except ShortError as error:
                whole.add(error.campaign_id)
        self._keep(ledger)
        return in_fact_order(
            answer
            for index, (wish, each) in enumerate(zip(wishes, judged, strict=True))
            for answer in self._told(index, wish, each)
        )

    def _told(self, index: int, wish: CouponWish, judged: JudgedWish) -> list[CouponAnswer]:
        return tell(self.numbers, index, wish, judged, self._upto)

    def _upto(self, campaign_id: str) -> dict[str, int]:
        home = partition_of(campaign_id, PARTITIONS)
        count = self.boards[campaign_id].terms.partitions
        places = [(home + number) % PARTITIONS for number in range(count)]
        return {str(place): self.numbers.heads[place] for place in places}

    def _ledger(self, wishes: Sequence[CouponWish], whole: set[str]) -> Ledger:
        """Copies, of which a board has the slices that would be held."""
        own = {(wish.campaign_id, wish.slice) for wish in wishes}
        boards = {
            campaign_id: ClaimBoard(
                campaign_id,
                board.terms,
                {
                    number: Slice(each.left, each.taken, each.last_place, dict(each.refused))
                    for number, each in board.slices.items()
                    if campaign_id in whole or (campaign_id, number) in own
                },
                is_cancelled=board.is_cancelled,
                is_sold_out=board.is_sold_out,
            )
            for campaign_id, board in self.boards.items()
        }
        clocks = {wish.partition for wish in wishes}
        start = datetime.fromtimestamp(0, UTC)
        known = {each: self.clocks.get(each, ClaimClock(start)) for each in clocks}
        return Ledger(
            boards=boards,
            clocks={each: ClaimClock(clock.seen, clock.decided) for each, clock in known.items()},
            claimants={
                pair: Claimant(
                    list(each.coupons), each.created_at, each.muted_until, each.is_erased
                )
                for pair, each in self.claimants.items()
            },
            coupons=dict(self.coupons),
            former={
                identity: Former(
                    tuple(fact.values["kind"] for fact in facts),
                    facts[0].values["campaign_id"],
                    facts[0].values["account_id"],
                    facts[0].values["coupon_id"],
                )
                for identity, facts in self.numbers.former.items()
            },
            settled=self.numbers.settled.known,
        )

    def _keep(self, ledger: Ledger) -> None:
        for campaign_id, board in ledger.boards.items():
            kept = self.boards[campaign_id]
            kept.slices.update(board.slices)
            kept.is_sold_out = board.is_sold_out
        self.clocks.update(ledger.clocks)
        self.claimants = ledger.claimants
        self.coupons = ledger.coupons
