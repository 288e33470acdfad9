"""Accounts that claim coupons, made straight in the database, and campaigns for them."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2

from chatstream.domain.times import to_text
from infra.embedded.stack import Stack
from tests.client.api import User
from tests.client.minted import Mint
from tests.client.waiting import eventually

AGE = 3600
"""Seconds that an account must be old, so that every claim is judged by its copy."""
_ENTER = """
insert into accounts (account_id, created_at) select a, now() - interval '1 day'
from unnest(%s::uuid[]) as a on conflict do nothing
"""
_GIVEN = """
select count(*)::int, count(distinct account_id)::int from coupons where campaign_id = %s::uuid
"""


@dataclass(frozen=True)
class Claimants:
    """Accounts the coupon service knows, and a token of each."""

    accounts: list[str]
    tokens: list[str]


def enter(dsn: str, accounts: list[str]) -> None:
    """The coupon database knows these accounts as a day old."""
    with closing(psycopg2.connect(dsn)) as link, link, link.cursor() as cursor:
        cursor.execute(_ENTER, (accounts,))


def make_claimants(stack: Stack, count: int) -> Claimants:
    """So many of them."""
    mint, accounts = Mint(stack), [str(uuid.uuid4()) for _ in range(count)]
    enter(stack.dsns["coupon"], accounts)
    return Claimants(accounts, [mint.token(each) for each in accounts])


def given(dsn: str, campaign_id: str) -> tuple[int, int]:
    """How many coupons of a campaign there are, and how many accounts have them."""
    with closing(psycopg2.connect(dsn)) as link, link, link.cursor() as cursor:
        cursor.execute(_GIVEN, (campaign_id,))
        found: Any = cursor.fetchone()
        return int(found[0]), int(found[1])


def open_campaign(stack: Stack, front: str, stock: int) -> str:
    """A campaign of so many coupons that is open; its id. Blocks."""
    return asyncio.run(_opened(Mint(stack), front, stock))


async def _opened(mint: Mint, front: str, stock: int) -> str:
    opens_at = datetime.now(UTC) + timedelta(seconds=2)
    operator = User(front, "bench", token=mint.token(str(uuid.uuid4()), "operator"))
    body = {
        "campaignId": str(uuid.uuid4()),
        "title": "Bench",
        "benefit": {"kind": "amount", "value": 1000},
        "stock": stock,
        "opensAt": to_text(opens_at),
        "closesAt": to_text(opens_at + timedelta(hours=3)),
        "validDays": 1,
        "minAccountAge": AGE,
    }
    try:
        made = await operator.insist("POST", "/coupon/campaigns", body)
        campaign_id = str(made["campaignId"])

        async def is_open() -> bool:
            shown = await operator.insist("GET", f"/coupon/campaigns/{campaign_id}")
            return bool(shown["state"] == "open")

        await eventually(is_open)
    finally:
        await operator.close()
    return campaign_id
