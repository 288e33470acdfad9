"""The stores of coupons in Postgres: writers at once, changed terms, erasure, what fronts read."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from chatstream.errors import Fenced, TransientFailure
from chatstream.ports.coupons import CampaignAct, ClaimWish, KnownAccount, ReturnWish, UseWish
from chatstream.ports.sanctions import Mute
from infra.postgres.claims import PostgresClaims
from infra.postgres.epochs import LineEpochs
from infra.postgres.facts import PostgresFacts
from infra.postgres.mutes import PostgresMutes
from schemas import records
from schemas.contexts.coupons import CLAIM
from schemas.databases import COUPON
from tests.contract.coupon_rig import GENERATION, OPERATOR, Rig, told
from tests.contract.paging import every_entry, refuses_foreign_cursors
from tests.fakes.coupons import CLOSES, OPENS, terms

REPEATED = 0.3
"""How many batches are handled again, as after a crash."""


@pytest.mark.parametrize("partitions", [1, 4, 8])
async def test_writers_at_once_give_out_the_stock_and_no_more(
    coupons: Rig, partitions: int
) -> None:
    """Each partition has a writer of its own, as workers that share the topic do."""
    chance = random.Random(partitions)
    stock, accounts = 37, 120
    campaign_id = await coupons.create(terms(stock=stock, partitions=partitions))
    wishes = [
        coupons.claim(campaign_id, str(uuid4()), partitions=partitions) for _ in range(accounts)
    ]
    lines: dict[int, list[ClaimWish]] = {}
    for wish in wishes:
        lines.setdefault(wish.partition, []).append(wish)

    async def write(own: list[ClaimWish]) -> list[Any]:
        store = PostgresClaims(coupons.database, LineEpochs(coupons.database, CLAIM.response.name))
        found: list[Any] = []
        while own:
            size = chance.randint(1, 7)
            batch, own = own[:size], own[size:]
            first = told(await store.carry_out(GENERATION, batch))
            found += first
            if chance.random() < REPEATED:
                assert told(await store.carry_out(GENERATION, batch)) == first
        return found

    answers = [one for each in await asyncio.gather(*map(write, lines.values())) for one in each]
    issued = [each for each in answers if isinstance(each, records.CouponIssued)]
    refused = [each for each in answers if isinstance(each, records.ClaimRefused)]
    (sold,) = [each for each in answers if isinstance(each, records.CampaignSoldOut)]
    assert (len(issued), len(refused)) == (stock, accounts - stock)
    assert {each.code for each in refused} == {"SOLD_OUT"}
    of = {wish.request_id: wish.partition for wish in wishes}
    assert all(each.fact_no <= sold.upto[str(of[each.claim_id])] for each in issued)
    live = await coupons.reader.live(campaign_id)
    assert live is not None
    assert (live.issued, live.left, dict(live.refused)) == (
        stock,
        0,
        {"SOLD_OUT": accounts - stock},
    )
    found = await coupons.reader.campaign(campaign_id)
    assert found is not None
    assert (found.issued, found.sold_out) == (stock, True)


async def test_a_campaign_changes_until_a_claim_came_in_time(coupons: Rig) -> None:
    campaign_id = await coupons.create(terms())
    changed = await coupons.ask(campaign_id, CampaignAct.CHANGE, changes={"stock": 3})
    assert (type(changed), changed.terms.stock) == (records.CampaignChanged, 3)
    (early,) = await coupons.do(
        coupons.claim(campaign_id, str(uuid4()), OPENS - timedelta(seconds=5))
    )
    assert early.code == "NOT_OPEN_YET"
    past = await coupons.ask(
        campaign_id, CampaignAct.CHANGE, changes={"opens_at": OPENS - timedelta(seconds=5)}
    )
    assert past.code == "INVALID_INPUT"
    await coupons.do(coupons.claim(campaign_id, str(uuid4()), OPENS))
    for changes in ({"stock": 4}, {"closes_at": CLOSES - timedelta(1, 0)}, {"title": "다른 것"}):
        refused = await coupons.ask(campaign_id, CampaignAct.CHANGE, changes=changes)
        assert refused.code == "CAMPAIGN_OPEN"
    later = {"closes_at": CLOSES + timedelta(hours=1)}
    assert isinstance(
        await coupons.ask(campaign_id, CampaignAct.CHANGE, changes=later), records.CampaignChanged
    )
    live = await coupons.reader.live(campaign_id)
    assert live is not None
    assert (live.issued, live.left) == (1, 2)
    await coupons.do(coupons.claim(campaign_id, str(uuid4()), CLOSES + timedelta(hours=1)))
    even_later = {"closes_at": CLOSES + timedelta(hours=2)}
    assert (await coupons.ask(campaign_id, CampaignAct.CHANGE, changes=even_later)).code == "CLOSED"


async def test_a_wish_about_a_campaign_is_answered_once_and_for_all(coupons: Rig) -> None:
    campaign_id, request_id = str(uuid4()), str(uuid4())
    first = await coupons.ask(campaign_id, CampaignAct.CREATE, terms=terms(), request_id=request_id)
    again = await coupons.ask(campaign_id, CampaignAct.CREATE, terms=terms(), request_id=request_id)
    assert first == again
    same = await coupons.ask(campaign_id, CampaignAct.CREATE, terms=terms())
    assert isinstance(same, records.CampaignUnchanged)
    other = await coupons.ask(campaign_id, CampaignAct.CREATE, terms=terms(stock=5))
    assert other.code == "INVALID_INPUT"
    nothing = await coupons.ask(str(uuid4()), CampaignAct.CANCEL)
    assert nothing.code == "CAMPAIGN_NOT_FOUND"


async def test_what_comes_behind_a_cancellation_is_closed(coupons: Rig) -> None:
    campaign_id = await coupons.create(terms(cancel_keeps=False))
    wish = coupons.claim(campaign_id, str(uuid4()))
    (issued,) = await coupons.do(wish)
    cancelled = await coupons.ask(campaign_id, CampaignAct.CANCEL)
    assert cancelled.cancelled_at == cancelled.at
    (refused,) = await coupons.do(coupons.claim(campaign_id, str(uuid4())))
    assert (refused.code, refused.place) == ("CLOSED", 2)
    coupon = await coupons.reader.coupon(issued.coupon_id, OPENS)
    assert coupon is not None
    assert coupon.state == "cancelled"
    (gone,) = await coupons.do(
        UseWish(**coupons.base(wish, None, OPENS), coupon_id=issued.coupon_id, reference="1")
    )
    assert gone.code == "EXPIRED"


async def test_a_coupon_is_used_once_for_one_thing(coupons: Rig) -> None:
    campaign_id = await coupons.create(terms())
    wish = coupons.claim(campaign_id, str(uuid4()))
    (issued,) = await coupons.do(wish)

    def use(reference: str, who: str | None = None, as_operator: bool = False) -> UseWish:
        return UseWish(
            **coupons.base(wish, who, OPENS),
            coupon_id=issued.coupon_id,
            reference=reference,
            as_operator=as_operator,
        )

    (foreign,) = await coupons.do(use("A", str(uuid4())))
    assert foreign.code == "COUPON_NOT_FOUND"
    first = use("A", OPERATOR, as_operator=True)
    (used,) = await coupons.do(first)
    assert (type(used), used.owner_id) == (records.CouponUsed, wish.account_id)
    assert await coupons.do(first) == [used]
    again, other, back = await coupons.do(
        use("A"),
        use("B"),
        ReturnWish(**coupons.base(wish, None, OPENS), coupon_id=issued.coupon_id),
    )
    assert isinstance(again, records.CouponUnchanged)
    assert {other.code, back.code} == {"ALREADY_USED"}
    found = await coupons.reader.coupon(issued.coupon_id, OPENS)
    assert found is not None
    assert found.state == "used"


async def test_a_coupon_that_was_given_back_or_has_expired_is_not_used(coupons: Rig) -> None:
    campaign_id = await coupons.create(terms(stock=3))
    mine, late = (coupons.claim(campaign_id, str(uuid4())) for _ in range(2))
    first, second = await coupons.do(mine, late)
    back = ReturnWish(**coupons.base(mine, None, OPENS), coupon_id=first.coupon_id)
    (returned,) = await coupons.do(back)
    assert isinstance(returned, records.CouponReturned)
    after = OPENS + timedelta(days=7)
    answers = await coupons.do(
        UseWish(**coupons.base(mine, None, OPENS), coupon_id=first.coupon_id, reference="A"),
        UseWish(**coupons.base(late, None, after), coupon_id=second.coupon_id, reference="A"),
    )
    assert [each.code for each in answers] == ["EXPIRED", "EXPIRED"]
    live = await coupons.reader.live(campaign_id)
    assert live is not None
    assert live.left == 1, "what is given back is not given out again"


async def test_who_is_too_young_muted_or_erased_gets_none(coupons: Rig) -> None:
    campaign_id = await coupons.create(terms(stock=9, min_account_age=60, muted_may=False))
    young, muted, gone, fit = (str(uuid4()) for _ in range(4))
    stranger = coupons.claim(campaign_id, fit)
    with pytest.raises(TransientFailure):
        await coupons.do(stranger)
    ages = {young: 59, muted: 600, fit: 60}
    await coupons.accounts.keep(
        [KnownAccount(each, 1, OPENS - timedelta(seconds=age)) for each, age in ages.items()]
    )
    await coupons.accounts.keep([KnownAccount(gone, 2)])
    until = "2026-12-01T12:30:00.000Z"
    mute = Mute(str(uuid4()), muted, None, "spam", until, until, 1)
    await PostgresMutes(coupons.database).keep([mute])
    answers = await coupons.do(
        stranger, *(coupons.claim(campaign_id, each) for each in (young, muted, gone))
    )
    assert isinstance(answers[0], records.CouponIssued)
    assert [(each.code, each.reason) for each in answers[1:]] == [
        ("NOT_ELIGIBLE", "accountAge"),
        ("NOT_ELIGIBLE", "muted"),
        ("NOT_ELIGIBLE", "erased"),
    ]
    assert answers[3].account_id == ""
    half_past = OPENS + timedelta(minutes=30)
    (free,) = await coupons.do(coupons.claim(campaign_id, muted, half_past))
    assert isinstance(free, records.CouponIssued)


@pytest.mark.parametrize(("keeps", "state"), [(True, "usable"), (False, "cancelled")])
async def test_nothing_names_an_account_that_was_erased(
    coupons: Rig, keeps: bool, state: str
) -> None:
    campaign_id = await coupons.create(terms(erased_keep=keeps))
    account = str(uuid4())
    wish = coupons.claim(campaign_id, account)
    (issued,) = await coupons.do(wish)
    assert dict(await coupons.eraser.erase(account)) == {
        "coupons": 1,
        "claims": 1,
        "uses of coupons": 0,
        "campaigns": 0,
        "mutes": 0,
    }
    assert not any((await coupons.eraser.erase(account)).values())
    for table in ("claim_facts", "coupons", "campaign_facts"):
        rows = await coupons.database.fetch(f"select t::text from {table} t")  # noqa: S608
        assert rows
        assert not [each for (each,) in rows if account in each]
    coupon = await coupons.reader.coupon(issued.coupon_id, OPENS)
    assert coupon is not None
    assert (coupon.account_id, coupon.state) == (None, state)
    (answer,) = await coupons.do(coupons.claim(campaign_id, account))
    assert (answer.code, answer.reason) == ("NOT_ELIGIBLE", "erased")


async def test_facts_are_read_back_as_they_were_told(coupons: Rig) -> None:
    campaign_id = await coupons.create(terms())
    wishes = [coupons.claim(campaign_id, str(uuid4())) for _ in range(3)]
    answers = await coupons.claims.carry_out(GENERATION, wishes)
    facts = PostgresFacts({}, {}, {COUPON: coupons.database})
    partition = wishes[0].partition
    kept = await facts.facts(CLAIM.response.name, partition, 0, len(answers))
    assert kept == [(each.fact_no, each.body) for each in answers]
    assert await facts.head(CLAIM.response.name, partition) == len(answers)


async def test_a_worker_that_was_replaced_is_fenced(coupons: Rig) -> None:
    campaign_id = await coupons.create(terms())
    await coupons.do(coupons.claim(campaign_id, str(uuid4())))
    wish = coupons.claim(campaign_id, str(uuid4()))
    heir = PostgresClaims(coupons.database, LineEpochs(coupons.database, CLAIM.response.name))
    (issued,) = told(await heir.carry_out(2, [wish]))[:1]
    assert isinstance(issued, records.CouponIssued)
    with pytest.raises(Fenced):
        await coupons.do(coupons.claim(campaign_id, str(uuid4())))


async def test_what_fronts_read(coupons: Rig) -> None:
    ids = [
        await coupons.create(terms(stock=2, opens_at=OPENS + timedelta(minutes=number)))
        for number in range(5)
    ]
    account, other = str(uuid4()), str(uuid4())
    at = OPENS + timedelta(minutes=5)
    wishes = [coupons.claim(each, account, at) for each in ids]
    issued = await coupons.do(*wishes)
    last = coupons.claim(ids[0], account, at)
    await coupons.do(last, coupons.claim(ids[0], other, at))

    async def campaigns(cursor: str | None, limit: int) -> Any:
        return await coupons.reader.campaigns(state=None, now=OPENS, cursor=cursor, limit=limit)

    async def held(cursor: str | None, limit: int) -> Any:
        return await coupons.reader.coupons(
            account, state="usable", now=at, cursor=cursor, limit=limit
        )

    assert [each.campaign_id for each in await every_entry(campaigns, 2)] == ids[::-1]
    await refuses_foreign_cursors(campaigns)
    found = await every_entry(held, 2)
    assert {each.coupon_id for each in found} == {each.coupon_id for each in issued}
    await refuses_foreign_cursors(held)
    for state, count in (("open", 4), ("soldOut", 1), ("scheduled", 0)):
        page, _ = await coupons.reader.campaigns(state=state, now=at, cursor=None, limit=9)
        assert len(page) == count
    mine = await coupons.reader.claim(wishes[1].request_id, account)
    assert mine is not None
    assert (mine.place, mine.code) == (1, None)
    assert mine.coupon_code == (await coupons.reader.coupon(mine.coupon_id or "", at)).code  # type: ignore[union-attr]
    assert await coupons.reader.claim(wishes[1].request_id, other) is None
    best = await coupons.reader.claim_in(ids[0], account)
    assert best is not None
    assert best.claim_id == wishes[0].request_id
    by_code = await coupons.reader.coupon_by_code(mine.coupon_code or "", at)
    assert by_code is not None
    assert by_code.account_id == account
    assert await coupons.reader.coupon_by_code("0" * 16, at) is None
    first, after = await coupons.reader.claimants(ids[0], None, 1)
    second, end = await coupons.reader.claimants(ids[0], after, 1)
    assert sorted([*first, *second]) == sorted([account, other])
    assert end is None
    assert await coupons.reader.decided(ids[0]) == {
        wishes[0].partition: coupons.offsets[wishes[0].partition]
    }
    assert await coupons.reader.live(str(uuid4())) is None
