"""The audit of a campaign: its claims as the log has them, against what was kept of them."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chatstream.domain.coupons.terms import Terms
from chatstream.errors import ErrorCode

ISSUED = "issued"
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
    """What was kept of a claim: `issued`, or the code of its refusal."""

    partition: int
    offset: int
    claim_id: str
    outcome: str
    place: int


@dataclass(frozen=True, slots=True)
class Audited:
    """A campaign when it is over.

    `closed_after`: the offset behind the last record of each partition that was decided before it
    was cancelled; empty: it was not.
    """

    terms: Terms
    logged: Sequence[LoggedClaim]
    kept: Sequence[KeptClaim]
    closed_after: Mapping[int, int]


def digest(kept: Iterable[KeptClaim]) -> str:
    """SHA-256 over the outcomes in the order of the log, a line each; no account is in it."""
    lines = (
        f"{each.partition} {each.offset} {each.claim_id} {each.outcome} {each.place}\n"
        for each in sorted(kept, key=lambda one: (one.partition, one.offset))
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def differences(audited: Audited) -> Iterator[str]:
    """Everything that is not as the rule says, for people; nothing when all is right.

    Who was not eligible is taken from what was kept: copies as they were then are on no log.
    """
    kept: defaultdict[int, list[KeptClaim]] = defaultdict(list)
    logged: defaultdict[int, list[LoggedClaim]] = defaultdict(list)
    for each in sorted(audited.kept, key=lambda one: one.offset):
        kept[each.partition].append(each)
    for record in sorted(audited.logged, key=lambda one: one.offset):
        logged[record.partition].append(record)
    for partition in sorted({*kept, *logged}):
        yield from _line(audited, logged[partition], kept[partition])
    issued = sum(each.outcome == ISSUED for each in audited.kept)
    if issued > audited.terms.stock:
        yield f"{issued} coupons were issued of {audited.terms.stock}"
    if issued < audited.terms.stock and any(each.outcome == _SOLD_OUT for each in audited.kept):
        yield f"claims were refused as sold out when {issued} of {audited.terms.stock} were issued"


def _line(
    audited: Audited, logged: Sequence[LoggedClaim], kept: Sequence[KeptClaim]
) -> Iterator[str]:
    """What is not right in one partition."""
    by_id = {each.claim_id: each for each in kept}
    for place, each in enumerate(kept, 1):
        if each.place != place:
            yield f"{_name(each)} has place {each.place}, it is the {place}th"
    seen: set[str] = set()
    had: Counter[str] = Counter()
    is_sold_out = False
    for record in logged:
        is_early = record.at < audited.terms.opens_at and not _is_behind(audited, record)
        if record.claim_id in seen or is_early:
            continue
        seen.add(record.claim_id)
        found = by_id.get(record.claim_id)
        if found is None or found.offset != record.offset:
            yield f"{_name(record)} is on the log and was not decided"
            continue
        wanted = _wanted(audited, record, had[record.account_id], is_sold_out)
        if found.outcome not in wanted:
            yield f"{_name(record)} is {found.outcome}, it should be {' or '.join(wanted)}"
        had[record.account_id] += found.outcome == ISSUED
        is_sold_out = is_sold_out or found.outcome == _SOLD_OUT
    for each in kept:
        if each.claim_id not in seen:
            yield f"{_name(each)} was decided and is not on the log"


def _wanted(audited: Audited, record: LoggedClaim, had: int, is_sold_out: bool) -> tuple[str, ...]:
    """What the claim may have come to."""
    if _is_behind(audited, record) or record.at >= audited.terms.closes_at:
        return (_CLOSED,)
    if had >= audited.terms.per_account:
        return (_ALREADY, _UNFIT)
    return (_SOLD_OUT, _UNFIT) if is_sold_out else (ISSUED, _SOLD_OUT, _UNFIT)


def _is_behind(audited: Audited, record: LoggedClaim) -> bool:
    """Whether it lies behind the cancellation."""
    closed_after = audited.closed_after.get(record.partition)
    return closed_after is not None and record.offset >= closed_after


def lead(audited: Audited) -> timedelta:
    """How much later than a claim refused as sold out one of another partition still won.

    Nothing in a campaign of one partition: there the order is exact.
    """
    at = {(each.partition, each.offset): each.at for each in audited.logged}
    won = [at[place] for place in _places(audited, ISSUED) if place in at]
    lost = [at[place] for place in _places(audited, _SOLD_OUT) if place in at]
    if not won or not lost:
        return timedelta()
    return max(timedelta(), max(won) - min(lost))


def _places(audited: Audited, outcome: str) -> Iterator[tuple[int, int]]:
    for each in audited.kept:
        if each.outcome == outcome:
            yield each.partition, each.offset


def _name(claim: LoggedClaim | KeptClaim) -> str:
    return f"{claim.partition}/{claim.offset} {claim.claim_id}"
