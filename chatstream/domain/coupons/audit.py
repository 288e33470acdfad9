"""The audit of a campaign: its claims as the log has them, against what was kept of them.

What came before the close counts, and is what a statement tells of; a claim behind it is CLOSED,
whenever it is decided, so a statement is the same ever after. A campaign may have a million claims:
they are taken some at a time, and of each only what the next ones are judged by is kept.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chatstream.domain.coupons.terms import Terms
from chatstream.errors import ErrorCode

ISSUED = "issued"
SHOWN = 100
"""Differences that are told; all are counted."""
_CLOSED, _SOLD_OUT = str(ErrorCode.CLOSED), str(ErrorCode.SOLD_OUT)
_ALREADY, _UNFIT = str(ErrorCode.ALREADY_ISSUED), str(ErrorCode.NOT_ELIGIBLE)


@dataclass(frozen=True, slots=True)
class LoggedClaim:
    """A claim on the log; `at` is its time, never before that of a record before it."""

    partition: int
    offset: int
    claim_id: str
    account_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class KeptClaim:
    """What was kept of a claim: `issued`, or the code of its refusal; `at` as of LoggedClaim."""

    partition: int
    offset: int
    claim_id: str
    outcome: str
    place: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Close:
    """When a campaign with these terms is over.

    `closed_after`: the offset behind the last record of each partition that was decided before it
    was cancelled; empty: it was not.
    """

    terms: Terms
    closed_after: Mapping[int, int]

    def is_behind(self, partition: int, offset: int, at: datetime) -> bool:
        """Whether a claim came behind the close."""
        closed_after = self.closed_after.get(partition)
        return at >= self.terms.closes_at or (closed_after is not None and offset >= closed_after)


class CampaignAudit:
    """Takes the claims of a campaign: partition by partition, each in the order of the log.

    `found` are the differences for people, the first of so many as `count` says; none when all is
    as the rule says. Who was not eligible is taken from what was kept: copies as they were then are
    on no log.
    """

    def __init__(self, close: Close) -> None:
        self._close = close
        self.claims = self.issued = self.count = 0
        self.found: list[str] = []
        self._digest = hashlib.sha256()
        self._given = self._lacking = 0
        self._has_refused = False
        self._last_won: datetime | None = None
        self._first_lost: datetime | None = None
        self.begin()

    def begin(self) -> None:
        """The claims of the next partition follow."""
        self._place = 0
        self._had: Counter[str] = Counter()
        self._is_sold_out = False

    def take(
        self, logged: Sequence[LoggedClaim], kept: Sequence[KeptClaim]
    ) -> Sequence[LoggedClaim]:
        """Compare the next claims of the log with all that was kept up to the last of them.

        Returns those of which nothing was kept at their offset: right for a repeat, and for a
        claimId that is another wish's.
        """
        found = {each.offset: each for each in kept}
        for each in kept:
            self._keep(each)
        unkept = []
        for record in logged:
            if record.at < self._close.terms.opens_at or self._is_behind(record):
                continue
            own = found.get(record.offset)
            if own is None or own.claim_id != record.claim_id:
                unkept.append(record)
                continue
            del found[record.offset]
            self._judge(record, own.outcome)
        for each in found.values():
            if not self._is_behind(each):
                self._differ(f"{_name(each)} was decided and is not on the log")
        return unkept

    def undecided(self, claim: LoggedClaim) -> None:
        """Nothing answers this claim of the log."""
        self._differ(f"{_name(claim)} is on the log and was not decided")

    def lacks_coupon(self, claim_id: str) -> None:
        """This claim got a coupon, and there is none."""
        self._lacking += 1
        self._differ(f"{claim_id} got a coupon that is not there")

    def end(self, coupons: int) -> None:
        """All was taken; the campaign has so many coupons."""
        stock = self._close.terms.stock
        if self.issued > stock:
            self._differ(f"{self.issued} coupons were issued of {stock}")
        if self.issued < stock and self._has_refused:
            had = f"{self.issued} of {stock}"
            self._differ(f"claims were refused as sold out when {had} were issued")
        strangers = coupons - self._given + self._lacking
        if strangers:
            self._differ(f"{strangers} coupons are there that no claim got")

    @property
    def lead(self) -> timedelta:
        """How much later than a claim refused as sold out one of another partition still won.

        Nothing in a campaign of one partition: there the order is exact.
        """
        if self._last_won is None or self._first_lost is None:
            return timedelta()
        return max(timedelta(), self._last_won - self._first_lost)

    def statement(self, campaign_id: str) -> dict[str, object]:
        """What is signed.

        The digest is SHA-256 over the outcomes in the order of the log, a line each; no account is
        in it.
        """
        return {
            "campaignId": campaign_id,
            "claims": self.claims,
            "issued": self.issued,
            "digest": self._digest.hexdigest(),
        }

    def _keep(self, each: KeptClaim) -> None:
        if each.place != self._place + 1:
            self._differ(f"{_name(each)} has place {each.place}, it is the {self._place + 1}th")
        self._place = each.place
        self._given += each.outcome == ISSUED
        if self._is_behind(each):
            if each.outcome != _CLOSED:
                self._differ(f"{_name(each)} is {each.outcome}, it should be {_CLOSED}")
            return
        self.claims += 1
        self.issued += each.outcome == ISSUED
        self._has_refused |= each.outcome == _SOLD_OUT
        line = f"{each.partition} {each.offset} {each.claim_id} {each.outcome} {each.place}\n"
        self._digest.update(line.encode())

    def _judge(self, record: LoggedClaim, outcome: str) -> None:
        """Whether the claim may have come to this, after those before it."""
        wanted: tuple[str, ...] = (ISSUED, _SOLD_OUT, _UNFIT)
        if self._had[record.account_id] >= self._close.terms.per_account:
            wanted = (_ALREADY, _UNFIT)
        elif self._is_sold_out:
            wanted = (_SOLD_OUT, _UNFIT)
        if outcome not in wanted:
            self._differ(f"{_name(record)} is {outcome}, it should be {' or '.join(wanted)}")
        if outcome == ISSUED:
            self._had[record.account_id] += 1
            self._last_won = max(record.at, self._last_won or record.at)
        elif outcome == _SOLD_OUT:
            self._is_sold_out = True
            self._first_lost = min(record.at, self._first_lost or record.at)

    def _is_behind(self, claim: LoggedClaim | KeptClaim) -> bool:
        return self._close.is_behind(claim.partition, claim.offset, claim.at)

    def _differ(self, text: str) -> None:
        self.count += 1
        if self.count <= SHOWN:
            self.found.append(text)


def _name(claim: LoggedClaim | KeptClaim) -> str:
    return f"{claim.partition}/{claim.offset} {claim.claim_id}"
