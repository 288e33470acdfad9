"""Random histories of claims: who gets a coupon is what the log says, however it is cut."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.coupons.audit import Close, KeptClaim, LoggedClaim
from chatstream.domain.coupons.terms import Terms
from chatstream.domain.times import from_text
from chatstream.ports.coupons import ClaimWish
from schemas import codec, records
from schemas.contexts.coupons import CLAIM
from tests.fakes.coupon_audits import Audited
from tests.fakes.coupons import CLOSES, OPENS, FakeClaims, claim, place_of, terms

NAMES = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
CAMPAIGN = "7d1f3c52-3a41-4d0e-9c0e-6f1b4d8a7c35"


def uuid(name: str) -> str:
    return str(uuid5(NAMES, name))


# An account, a claimId, and how many seconds after the opening its record was appended.
Ask = tuple[int, int, int]
ASKS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 30), st.integers(-3, 3603)), min_size=1, max_size=40
)


def log_of(asks: Sequence[Ask], partitions: int) -> list[ClaimWish]:
    """The records in the order they were appended, each at the next offset of its partition."""
    offsets: Counter[int] = Counter()
    found = []
    for account, number, second in asks:
        account_id = uuid(f"account {account}")
        _, partition = place_of(CAMPAIGN, account_id, partitions)
        at = OPENS + timedelta(seconds=second)
        name = uuid(f"claim {number}")
        found.append(claim(CAMPAIGN, account_id, name, offsets[partition], at, partitions))
        offsets[partition] += 1
    return found


def expected(log: Sequence[ClaimWish], its: Terms) -> dict[str, tuple[str, str]]:
    """What becomes of each claim of one partition, by a reading of the rule of its own."""
    seen, left, had = datetime.min.replace(tzinfo=OPENS.tzinfo), its.stock, Counter[str]()
    found: dict[str, tuple[str, str]] = {}
    for wish in log:
        seen = max(seen, wish.appended_at)
        if wish.request_id in found or seen < OPENS:
            continue
        if seen >= CLOSES:
            outcome = "CLOSED"
        elif had[wish.account_id] >= its.per_account:
            outcome = "ALREADY_ISSUED"
        elif not left:
            outcome = "SOLD_OUT"
        else:
            outcome, left = "issued", left - 1
            had[wish.account_id] += 1
        found[wish.request_id] = (outcome, wish.account_id)
    return found


def run(
    store: FakeClaims, log: Sequence[ClaimWish], cuts: Sequence[int], again: Sequence[bool]
) -> list[Any]:
    """Every answer; the log in batches, some of which are carried out twice, as after a crash."""

    async def all_of_it() -> list[Any]:
        told: list[Any] = []
        begin, turn = 0, 0
        while begin < len(log):
            batch = log[begin : begin + cuts[turn % len(cuts)]]
            for _ in range(1 + again[turn % len(again)]):
                answers = await store.carry_out(1, batch)
                told += [codec.decode(CLAIM.response.name, each.body) for each in answers]
            begin, turn = begin + len(batch), turn + 1
        return told

    return asyncio.run(all_of_it())


def kept(told: Sequence[Any]) -> dict[str, Any]:
    """The outcome of each claim; it is the same however often it is told."""
    found: dict[str, Any] = {}
    for record in told:
        if isinstance(record, records.CouponIssued | records.ClaimRefused):
            assert found.setdefault(record.claim_id, record) == record
    return found


def outcome(record: Any) -> str:
    return record.code if isinstance(record, records.ClaimRefused) else "issued"


CUTS = st.lists(st.integers(1, 7), min_size=1, max_size=6)
AGAIN = st.lists(st.booleans(), min_size=1, max_size=6)


@given(ASKS, st.integers(1, 6), st.integers(1, 3), CUTS, AGAIN)
def test_of_one_partition_every_outcome_is_as_the_log_says(
    asks: list[Ask], stock: int, number: int, cuts: list[int], again: list[bool]
) -> None:
    its, store = terms(stock=stock, per_account=number), FakeClaims()
    store.add(CAMPAIGN, its)
    log = log_of(asks, 1)
    found = kept(run(store, log, cuts, again))
    assert {name: (outcome(one), one.account_id) for name, one in found.items()} == expected(
        log, its
    )
    places = sorted((one.place, one.offset) for one in found.values())
    assert [place for place, _ in places] == list(range(1, len(found) + 1))
    assert [offset for _, offset in places] == sorted(offset for _, offset in places)


@given(ASKS, st.integers(1, 9), st.sampled_from([2, 4, 8]), CUTS, AGAIN)
def test_of_several_partitions_the_stock_is_given_out_whole_and_in_order(
    asks: list[Ask], stock: int, partitions: int, cuts: list[int], again: list[bool]
) -> None:
    its, store = terms(stock=stock, partitions=partitions), FakeClaims()
    store.add(CAMPAIGN, its)
    log = log_of(asks, partitions)
    told = run(store, log, cuts, again)
    found = kept(told)
    issued = [one for one in found.values() if outcome(one) == "issued"]
    refused = [one for one in found.values() if outcome(one) == "SOLD_OUT"]
    assert len(issued) <= stock
    if refused:
        assert len(issued) == stock
    assert max(Counter(one.account_id for one in issued).values(), default=0) <= 1
    places = {one.account_id: place_of(CAMPAIGN, one.account_id, partitions)[1] for one in issued}
    last: defaultdict[int, int] = defaultdict(lambda: -1)
    for one in issued:
        last[places[one.account_id]] = max(last[places[one.account_id]], one.offset)
    for one in refused:
        _, partition = place_of(CAMPAIGN, one.account_id, partitions)
        assert one.offset > last[partition], "somebody behind a refused claim got a coupon"
    facts = {
        (place_of(CAMPAIGN, one.account_id, partitions)[1], one.fact_no) for one in found.values()
    }
    sold = {one.campaign_id: one for one in told if isinstance(one, records.CampaignSoldOut)}
    assert len(facts) == len(found)
    for each in sold.values():
        assert len(issued) == stock
        for one in issued:
            assert one.fact_no <= each.upto[str(places[one.account_id])]


@given(ASKS)
def test_a_claim_that_was_too_early_is_judged_anew_only_when_it_is_asked_again(
    asks: list[Ask],
) -> None:
    store, its = FakeClaims(), terms()
    store.add(CAMPAIGN, its)
    early = [(account, number, -5) for account, number, _ in asks]
    log = log_of([*early, (0, 31, 0)], 1)
    first = run(store, log, [len(log)], [False])
    repeated = run(store, log, [1], [False])
    away = [one for one in [*first, *repeated] if isinstance(one, records.ClaimTurnedAway)]
    assert {one.code for one in away} == {"NOT_OPEN_YET"}
    assert set(kept([*first, *repeated])) == {log[-1].request_id}


def audited(log: Sequence[ClaimWish], found: dict[str, Any], its: Terms) -> Audited:
    """The log and what was kept, as the audit sees them."""
    seen: dict[int, datetime] = {}
    logged = []
    for wish in log:
        at = seen[wish.partition] = max(
            seen.get(wish.partition, wish.appended_at), wish.appended_at
        )
        logged.append(
            LoggedClaim(wish.partition, wish.offset, wish.request_id, wish.account_id, at)
        )
    places = {(wish.account_id, wish.offset): wish.partition for wish in log}
    kept_claims = [
        KeptClaim(
            places[one.account_id, one.offset],
            one.offset,
            name,
            outcome(one),
            one.place,
            from_text(one.appended_at),
        )
        for name, one in found.items()
    ]
    return Audited(Close(its, {}), logged, kept_claims)


@given(ASKS, st.integers(1, 6), st.sampled_from([1, 4]), CUTS, AGAIN)
def test_the_audit_finds_nothing_in_what_was_decided_and_every_change_of_it(
    asks: list[Ask], stock: int, partitions: int, cuts: list[int], again: list[bool]
) -> None:
    its, store = terms(stock=stock, partitions=partitions), FakeClaims()
    store.add(CAMPAIGN, its)
    log = log_of(asks, partitions)
    right = audited(log, kept(run(store, log, cuts, again)), its)
    found = right.audit()
    assert (found.found, found.count) == ([], 0)
    assert partitions > 1 or not found.lead
    counted = [each for each in right.kept if each.at < CLOSES]
    assert found.statement(CAMPAIGN) == {
        "campaignId": CAMPAIGN,
        "claims": len(counted),
        "issued": sum(each.outcome == "issued" for each in counted),
        "digest": right.digest,
    }
    for number, each in enumerate(right.kept):
        others = [*right.kept[:number], *right.kept[number + 1 :]]
        other = "CLOSED" if each.outcome != "CLOSED" else "issued"
        changed = replace(right, kept=[*others, replace(each, outcome=other)])
        assert changed.audit().count
        if each.at >= CLOSES:  # it came behind the close: no statement tells of it
            assert replace(right, kept=others).digest == changed.digest == right.digest
            continue
        assert replace(right, kept=others).audit().count
        assert changed.digest != right.digest
    assert replace(right, kept=right.kept[::-1]).digest == right.digest


def test_the_audit_names_what_is_wrong() -> None:
    log = log_of([(0, 0, 0), (1, 1, 0), (2, 2, 0)], 1)
    its = terms(stock=2)

    def found(*outcomes: str) -> list[str]:
        kept_claims = [
            KeptClaim(wish.partition, wish.offset, wish.request_id, each, number, wish.appended_at)
            for number, (wish, each) in enumerate(zip(log, outcomes, strict=True), 1)
        ]
        return replace(audited(log, {}, its), kept=kept_claims).audit().found

    assert found("issued", "issued", "SOLD_OUT") == []
    (overtaken, short) = (
        found("issued", "SOLD_OUT", "issued"),
        found("issued", "SOLD_OUT", "SOLD_OUT"),
    )
    assert "should be SOLD_OUT or NOT_ELIGIBLE" in overtaken[0]
    assert short == ["claims were refused as sold out when 1 of 2 were issued"]
    assert found("issued", "issued", "issued") == ["3 coupons were issued of 2"]
    assert found("issued", "NOT_ELIGIBLE", "issued") == []


def test_behind_a_cancellation_all_are_closed_and_none_counts() -> None:
    log = log_of([(0, 0, 0), (1, 1, 0)], 1)
    its, partition = terms(stock=2), log[0].partition

    def found(second: str) -> Audited:
        kept_claims = [
            KeptClaim(partition, wish.offset, wish.request_id, each, number, wish.appended_at)
            for number, (wish, each) in enumerate(zip(log, ("issued", second), strict=True), 1)
        ]
        right = replace(audited(log, {}, its), kept=kept_claims)
        return replace(right, close=Close(its, {partition: 1}))

    closed, won = found("CLOSED"), found("issued")
    assert (closed.audit().found, closed.audit().claims) == ([], 1)
    assert "is issued, it should be CLOSED" in won.audit().found[0]
    assert won.digest == closed.digest
