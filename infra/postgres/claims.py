"""The write side of claims and coupons: lock, read, decide in the order of the log, write.

A batch holds the slices of its own wishes. When one of them runs short it lets go of them, by a
savepoint, and holds all slices of that campaign: always in the order of the key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import orjson

from chatstream.domain.coupons.claims import ClaimClock, ShortError
from chatstream.domain.lines import in_fact_order
from chatstream.ports.coupons import CouponAnswer, CouponWish
from infra.postgres.claim_grounds import lock_clocks, read
from infra.postgres.coupon_ledger import JudgedWish, Ledger
from infra.postgres.coupon_records import Upto, tell
from infra.postgres.epochs import LineEpochs
from infra.postgres.fact_line import FactLine, FactTable, LineBatch
from infra.postgres.pool import Database

_FACTS = FactTable(
    "claim_facts",
    identity=("wish_id",),
    columns={
        "kind": "text",
        "campaign_id": "uuid",
        "account_id": "uuid",
        "coupon_id": "uuid",
        "place": "int",
        "record_offset": "bigint",
        "appended_at": "timestamptz",
        "code": "text",
        "body": "text",
    },
)
_HEADS = "select partition, head from lines where topic = %s"
_PLACES = "select slice, partition from slices where campaign_id = %s::uuid"
_WRITE_CLOCKS = """
update claim_clocks c set seen = t.seen, decided = t.decided
from unnest(%s::int[], %s::timestamptz[], %s::bigint[]) as t (p, seen, decided)
where c.partition = t.p
"""
_WRITE_SLICES = """
update slices s set left_over = t.l, taken = t.n, last_place = t.last, refused = t.refused
from jsonb_to_recordset(%s::jsonb) as t (c uuid, s int, l int, n int, last int, refused jsonb)
where s.campaign_id = t.c and s.slice = t.s
"""
_SOLD_OUT = "update campaigns set sold_out = true where campaign_id = any (%s::uuid[])"
_GIVE = """
insert into coupons (coupon_id, campaign_id, slice, claim_id, account_id, place, code, issued_at,
    valid_until)
select * from jsonb_to_recordset(%s::jsonb) as t (coupon_id uuid, campaign_id uuid, slice int,
    claim_id uuid, account_id uuid, place int, code text, issued_at timestamptz,
    valid_until timestamptz)
"""
_CHANGE = """
update coupons p set used_for = t.u, used_at = case when t.u is not null then t.at end,
    returned_at = case when t.u is null then t.at end
from unnest(%s::uuid[], %s::text[], %s::timestamptz[]) as t (c, u, at) where p.coupon_id = t.c
"""


class PostgresClaims:
    """ports.coupons.ClaimStore."""

    def __init__(self, database: Database, lines: LineEpochs) -> None:
        self._line = FactLine(database, lines, _FACTS)

    async def carry_out(
        self, generation: int | None, wishes: Sequence[CouponWish]
    ) -> Sequence[CouponAnswer]:
        """See ports.coupons.ClaimStore."""
        async with self._line.batch(generation, wishes) as batch:
            clocks = await lock_clocks(batch, {wish.partition for wish in wishes})
            ledger, judged = await _judged(batch, wishes, clocks)
            upto = await _upto(batch, wishes, judged)
            answers = [
                answer
                for index, (wish, each) in enumerate(zip(wishes, judged, strict=True))
                for answer in tell(batch, index, wish, each, upto)
            ]
            await _write(batch, ledger, wishes, judged)
        return in_fact_order(answers)


async def _judged(
    batch: LineBatch, wishes: Sequence[CouponWish], clocks: Mapping[int, ClaimClock]
) -> tuple[Ledger, list[JudgedWish]]:
    """What comes of the wishes, once enough slices are held for all of them."""
    whole: set[str] = set()
    await batch.fetch("savepoint no_slices")
    while True:
        ledger = await read(batch, wishes, clocks, whole)
        try:
            return ledger, [ledger.judge(wish) for wish in wishes]
        except ShortError as error:
            whole.add(error.campaign_id)
            await batch.fetch("rollback to savepoint no_slices")


async def _upto(
    batch: LineBatch, wishes: Sequence[CouponWish], judged: Sequence[JudgedWish]
) -> Upto:
    """Where the lines of sold-out campaigns end: those of the batch as they are numbered."""
    sold = {wish.campaign_id for wish, each in zip(wishes, judged, strict=True) if each.sells_out}
    heads: dict[int, int] = {}
    places: dict[str, list[int]] = {}
    if sold:
        heads = dict(await batch.fetch(_HEADS, (batch.topic,)))
        for campaign_id in sold:
            rows = await batch.fetch(_PLACES, (campaign_id,))
            places[campaign_id] = sorted(partition for _, partition in rows)

    def upto(campaign_id: str) -> dict[str, int]:
        known = heads | batch.heads
        return {str(partition): known.get(partition, 0) for partition in places[campaign_id]}

    return upto


async def _write(
    batch: LineBatch, ledger: Ledger, wishes: Sequence[CouponWish], judged: Sequence[JudgedWish]
) -> None:
    clocks = [(part, clock.seen, clock.decided) for part, clock in sorted(ledger.clocks.items())]
    await batch.fetch(_WRITE_CLOCKS, tuple(map(list, zip(*clocks, strict=True))))
    if any(each.place for each in judged):
        await batch.fetch(_WRITE_SLICES, (_slices(ledger),))
    if sold := sorted(
        {wish.campaign_id for wish, each in zip(wishes, judged, strict=True) if each.sells_out}
    ):
        await batch.fetch(_SOLD_OUT, (sold,))
    if ledger.issued:
        await batch.fetch(_GIVE, (_given(ledger),))
    if ledger.changed:
        await batch.fetch(_CHANGE, _changes(ledger, batch.now))


def _slices(ledger: Ledger) -> str:
    rows = [
        {
            "c": board.campaign_id,
            "s": number,
            "l": each.left,
            "n": each.taken,
            "last": each.last_place,
            "refused": each.refused,
        }
        for board in ledger.boards.values()
        for number, each in board.slices.items()
    ]
    return orjson.dumps(rows).decode()


def _given(ledger: Ledger) -> str:
    rows = [
        {
            "coupon_id": each.held.coupon_id,
            "campaign_id": each.held.campaign_id,
            "slice": each.held.slice,
            "claim_id": each.claim_id,
            "account_id": each.held.account_id,
            "place": each.place,
            "code": each.code,
            "issued_at": each.issued_at,
            "valid_until": each.held.valid_until,
        }
        for each in ledger.issued
    ]
    return orjson.dumps(rows).decode()


def _changes(ledger: Ledger, now: datetime) -> tuple[list[str], list[str | None], list[datetime]]:
    ids = sorted(ledger.changed)
    return ids, [ledger.coupons[each].used_for for each in ids], [now] * len(ids)
