"""A campaign compared with its log: some claims at a time, partition by partition."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol

from chatstream.domain.coupons.audit import ISSUED, CampaignAudit, KeptClaim, LoggedClaim
from chatstream.domain.partitions import partition_of
from chatstream.errors import PoisonMessage
from chatstream.ports.coupon_audits import AuditedCampaign, AuditRows
from chatstream.settings import KafkaSettings
from infra.kafka import log_spans
from infra.kafka.log_spans import LoggedRecord
from schemas import codec, records
from schemas.contexts.coupons import CLAIM

_SLACK = timedelta(minutes=1)
"""So much more of the log is read at both ends: which claims are in time is judged one by one."""


class ClaimLog(Protocol):
    """The log of claims: the records of a partition between two times, in its order."""

    def __call__(
        self, partition: int, first_ms: int, last_ms: int
    ) -> AsyncGenerator[LoggedRecord, None]:
        """See infra.kafka.log_spans.between."""
        ...


def claim_log(settings: KafkaSettings) -> ClaimLog:
    """The log on Kafka."""
    return partial(log_spans.between, settings, CLAIM.request.name)


class CampaignExaminer:
    """Audits campaigns whose claims lie on a topic of so many `partitions`, `page` at a time."""

    def __init__(self, rows: AuditRows, log: ClaimLog, partitions: int, page: int = 1_000) -> None:
        self._rows = rows
        self._log = log
        self._partitions = partitions
        self._page = page

    async def examine(self, campaign: AuditedCampaign) -> CampaignAudit | None:
        """The audit of a campaign that is over.

        None while claims that came before its close are not decided. Raises TransientFailure.
        """
        audit = CampaignAudit(campaign.close)
        for partition in campaign.partitions:
            audit.begin()
            place = 0
            async with aclosing(self._claims(campaign, partition)) as pages:
                async for logged in pages:
                    last = logged[-1].offset
                    if await self._rows.decided(partition) <= last:
                        return None
                    line = _Line(campaign.campaign_id, partition, last + 1)
                    place = await self._compare(audit, line, place, logged)
            await self._compare(audit, _Line(campaign.campaign_id, partition, None), place, ())
        audit.end(await self._rows.coupons(campaign.campaign_id))
        return audit

    async def _compare(
        self, audit: CampaignAudit, line: _Line, place: int, logged: Sequence[LoggedClaim]
    ) -> int:
        """Compare claims with what was kept up to there; returns the place of the last one."""
        while True:
            kept = await self._rows.kept(
                line.campaign_id, line.partition, place, line.before, self._page
            )
            is_last = len(kept) < self._page
            end = math.inf if is_last else kept[-1].offset + 1
            due = [each for each in logged if each.offset < end]
            await self._take(audit, line.campaign_id, due, kept)
            logged = logged[len(due) :]
            place = kept[-1].place if kept else place
            if is_last:
                return place

    async def _take(
        self,
        audit: CampaignAudit,
        campaign_id: str,
        logged: Sequence[LoggedClaim],
        kept: Sequence[KeptClaim],
    ) -> None:
        unkept = audit.take(logged, kept)
        answered = await self._rows.answered(campaign_id, unkept) if unkept else ()
        for each in unkept:
            if each.claim_id not in answered:
                audit.undecided(each)
        issued = [each.claim_id for each in kept if each.outcome == ISSUED]
        for claim_id in await self._rows.without_coupon(issued) if issued else ():
            audit.lacks_coupon(claim_id)

    async def _claims(
        self, campaign: AuditedCampaign, partition: int
    ) -> AsyncGenerator[Sequence[LoggedClaim], None]:
        """The campaign's claims on the log up to its close, a page at a time."""
        page: list[LoggedClaim] = []
        seen = 0
        async with aclosing(self._records(campaign, partition)) as logged:
            async for record in logged:
                seen = max(seen, record.at_ms)
                at = datetime.fromtimestamp(seen / 1000, UTC)
                if campaign.close.is_behind(partition, record.offset, at):
                    break
                if at < campaign.close.terms.opens_at:
                    continue
                claim = self._own(campaign, record, at)
                if claim is not None:
                    page.append(claim)
                if len(page) == self._page:
                    yield page
                    page = []
        if page:
            yield page

    def _records(
        self, campaign: AuditedCampaign, partition: int
    ) -> AsyncGenerator[LoggedRecord, None]:
        terms = campaign.close.terms
        first, last = terms.opens_at - _SLACK, terms.closes_at + _SLACK
        return self._log(partition, _ms(first), _ms(last))

    def _own(
        self, campaign: AuditedCampaign, logged: LoggedRecord, at: datetime
    ) -> LoggedClaim | None:
        """The record as a claim of the campaign that lies where it may."""
        if logged.value is None or campaign.campaign_id.encode() not in logged.value:
            return None
        try:
            record = codec.decode(logged.topic, logged.value)
        except PoisonMessage:
            return None
        if (
            not isinstance(record, records.ClaimCoupon)
            or record.campaign_id != campaign.campaign_id
            or record.partitions != campaign.close.terms.partitions
        ):
            return None
        home = partition_of(record.key, self._partitions)
        if (home + record.spread) % self._partitions != logged.partition:
            return None
        return LoggedClaim(
            logged.partition, logged.offset, record.request_id, record.account_id, at
        )


@dataclass(frozen=True, slots=True)
class _Line:
    """The claims of a campaign in a partition, before an offset; None: all of them."""

    campaign_id: str
    partition: int
    before: int | None


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
