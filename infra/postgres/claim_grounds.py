"""What a batch of claims and uses is judged by: read under the locks of its lines."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from msgspec.json import Decoder

from chatstream.domain.coupons.claims import Claimant, ClaimBoard, ClaimClock, Slice, waits_for
from chatstream.domain.coupons.terms import Terms
from chatstream.domain.coupons.uses import HeldCoupon
from chatstream.domain.lines import Identity
from chatstream.errors import TransientFailure
from chatstream.ports.coupons import ClaimWish, CouponWish, ReturnWish, UseWish
from infra.postgres.coupon_ledger import Former, Ledger, wanted
from infra.postgres.fact_line import LineBatch
from schemas import records

_LOCK_CLOCKS = """
insert into claim_clocks (partition) select p from unnest(%s::int[]) as p order by p
on conflict (partition) do update set partition = excluded.partition
returning partition, seen, decided
"""
_LOCK_SLICES = """
select s.campaign_id::text, s.slice, s.left_over, s.taken, s.last_place, s.refused::text
from slices s where (s.campaign_id, s.slice) in (select * from unnest(%s::uuid[], %s::int[]))
    or s.campaign_id = any (%s::uuid[])
order by s.campaign_id, s.slice for no key update
"""
# Read when the slices are held: nobody changes a campaign without them.
_CAMPAIGNS = """
select campaign_id::text, terms::text, sold_out, cancelled_at is not null from campaigns
where campaign_id = any (%s::uuid[])
"""
_ENTER = """
insert into accounts (account_id) select a from unnest(%s::uuid[]) as a order by a
on conflict do nothing
"""
# Nobody is erased while a batch decides about them: what it writes is there when they are.
_ACCOUNTS = """
select account_id::text, created_at, erased from accounts where account_id = any (%s::uuid[])
order by account_id for share
"""
_MUTED = """
select account_id::text, max(until) from mutes
where account_id = any (%s::uuid[]) and room_id is null group by 1
"""
_HAD = """
select campaign_id::text, account_id::text, array_agg(coupon_id::text order by place) from coupons
where (campaign_id, account_id) in (select * from unnest(%s::uuid[], %s::uuid[])) group by 1, 2
"""
_COUPONS = """
select p.coupon_id::text, p.campaign_id::text, p.slice, p.account_id::text, p.valid_until,
    p.used_for, p.returned_at is not null, p.cancelled_at is not null
        or (c.cancelled_at is not null and not (c.terms ->> 'cancelKeeps')::boolean)
from coupons p join campaigns c using (campaign_id) where p.coupon_id = any (%s::uuid[])
order by p.coupon_id for no key update of p
"""
_TERMS: Decoder[records.CampaignTerms] = Decoder(records.CampaignTerms)


@lru_cache(maxsize=1024)
def terms_in(text: str) -> Terms:
    """The terms as a row of `campaigns` has them."""
    return records.terms_of(_TERMS.decode(text))


async def lock_clocks(batch: LineBatch, partitions: Collection[int]) -> dict[int, ClaimClock]:
    """The clocks of these partitions of the claims, held."""
    rows = await batch.fetch(_LOCK_CLOCKS, (sorted(partitions),))
    return {partition: ClaimClock(seen, decided) for partition, seen, decided in rows}


async def read(
    batch: LineBatch,
    wishes: Sequence[CouponWish],
    clocks: Mapping[int, ClaimClock],
    whole: Iterable[str] = (),
) -> Ledger:
    """What the wishes are judged by; all slices of the campaigns in `whole` are held.

    Raises TransientFailure while the age of an account that counts is not known.
    """
    boards = await _boards(batch, wishes, whole)
    claimants = await _claimants(batch, wishes, boards)
    named = [wish.coupon_id for wish in wishes if isinstance(wish, UseWish | ReturnWish)]
    held = await batch.fetch(_COUPONS, (named,)) if named else []
    return Ledger(
        boards=boards,
        clocks={
            partition: ClaimClock(each.seen, each.decided) for partition, each in clocks.items()
        },
        claimants=claimants,
        coupons={row[0]: HeldCoupon(*row) for row in held},
        former=_former(batch),
        settled=batch.settled.known,
    )


def _former(batch: LineBatch) -> dict[Identity, Former]:
    return {
        identity: Former(
            tuple(fact.values["kind"] for fact in facts),
            facts[0].values["campaign_id"],
            facts[0].values["account_id"],
            facts[0].values["coupon_id"],
        )
        for identity, facts in batch.former.items()
    }


async def _boards(
    batch: LineBatch, wishes: Sequence[CouponWish], whole: Iterable[str]
) -> dict[str, ClaimBoard]:
    own = sorted({wanted(wish) for wish in wishes})
    campaigns, slices = [each for each, _ in own], [number for _, number in own]
    held: dict[str, dict[int, Slice]] = {}
    for campaign_id, number, left, taken, last_place, refused in await batch.fetch(
        _LOCK_SLICES, (campaigns, slices, sorted(whole))
    ):
        held.setdefault(campaign_id, {})[number] = Slice(
            left, taken, last_place, orjson.loads(refused)
        )
    rows = await batch.fetch(_CAMPAIGNS, (sorted(set(campaigns)),))
    return {
        campaign_id: ClaimBoard(
            campaign_id,
            terms_in(terms),
            held.get(campaign_id, {}),
            is_cancelled=is_cancelled,
            is_sold_out=is_sold_out,
        )
        for campaign_id, terms, is_sold_out, is_cancelled in rows
    }


async def _claimants(
    batch: LineBatch, wishes: Sequence[CouponWish], boards: Mapping[str, ClaimBoard]
) -> dict[tuple[str, str], Claimant]:
    """Those who claim; whoever asks for anything is held, so that an erasure waits."""
    known = await _accounts(batch, sorted({wish.account_id for wish in wishes}))
    pairs = sorted(
        {(wish.campaign_id, wish.account_id) for wish in wishes if isinstance(wish, ClaimWish)}
    )
    if not pairs:
        return {}
    columns = [each for each, _ in pairs], [each for _, each in pairs]
    had = {(one, other): ids for one, other, ids in await batch.fetch(_HAD, columns)}
    muted: dict[str, datetime] = {}
    if not all(board.terms.muted_may for board in boards.values()):
        muted = dict(await batch.fetch(_MUTED, (columns[1],)))
    found = {
        (campaign_id, account_id): Claimant(
            had.get((campaign_id, account_id), []),
            known[account_id][0],
            muted.get(account_id),
            known[account_id][1],
        )
        for campaign_id, account_id in pairs
    }
    for campaign_id, board in boards.items():
        if waits_for(board.terms, [each for pair, each in found.items() if pair[0] == campaign_id]):
            raise TransientFailure("the age of an account that claims is not known yet")
    return found


async def _accounts(batch: LineBatch, accounts: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    known = {row[0]: row[1:] for row in await batch.fetch(_ACCOUNTS, (accounts,))}
    # The fact of an account that signed up a moment before may come after its first wish.
    if strangers := [each for each in accounts if each not in known]:
        await batch.fetch(_ENTER, (strangers,))
        known |= {row[0]: row[1:] for row in await batch.fetch(_ACCOUNTS, (strangers,))}
    return known
