"""A rush on one campaign by the public port: everybody claims at once and keeps at it.

Each device does as the page does (`web/static/js/coupon_rush.js`): one claim id from the first
press on, sent again when the answer was lost, asked for while it waits, until there is an answer.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import aiohttp

from chatstream.domain.times import to_text
from infra.embedded.stack import Stack
from tests.client.api import REPEATABLE, Refused, User
from tests.client.minted import Mint
from tests.client.waiting import eventually, pause
from tests.faults.traffic import ADDRESSES

DEADLINE = 240.0
# An account may claim 60 times in a minute.
ASK_AGAIN = 1.0
FINAL = ("SOLD_OUT", "ALREADY_ISSUED", "NOT_ELIGIBLE", "CLOSED")
PASSING = ("NOT_OPEN_YET", "CLAIM_NOT_FOUND")
# One account in so many claims on two devices at once.
TWICE = 4


@dataclass(frozen=True)
class Told:
    """The last word on a claim: the coupon of a yes, else the code of a no."""

    claim_id: str
    coupon_id: str | None = None
    place: int | None = None
    code: str | None = None


@dataclass
class Device:
    """One page of an account, and what became of its claim; `repeats` by what was lost."""

    user: User
    account_id: str
    campaign_id: str
    claim_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    own: str = field(init=False)
    told: Told | None = None
    repeats: Counter[str] = field(default_factory=Counter)
    is_in_the_log: bool = False

    def __post_init__(self) -> None:
        self.own = self.claim_id

    async def claim(self) -> Told:
        """Returns the last word, however long it takes."""
        while self.told is None:
            try:
                self.told = self._heard(await (self.ask() if self.is_in_the_log else self.send()))
            except Refused as refused:
                self.told = self._refused(refused)
            except (aiohttp.ClientError, TimeoutError, ConnectionError) as lost:
                self._lost(type(lost).__name__)
            if self.told is None:
                await pause(ASK_AGAIN)
        return self.told

    async def again(self) -> Told:
        """What the same claim is told when it is made once more."""
        before, self.told, self.is_in_the_log = self.told, None, False
        try:
            return await self.claim()
        finally:
            self.told = before

    async def send(self) -> Any:
        """Make the claim, or make it again."""
        path = f"/coupon/campaigns/{self.campaign_id}/claims"
        return await self.user.call("POST", path, {"claimId": self.claim_id})

    async def ask(self) -> Any:
        """What has become of it."""
        return await self.user.call("GET", f"/coupon/claims/{self.claim_id}")

    def _heard(self, answer: Any) -> Told | None:
        self.claim_id = answer["claimId"]  # of the account's other device, when this one joined it
        if answer.get("code") and self.claim_id != self.own:
            self.claim_id, self.is_in_the_log = self.own, False  # not the last word on one's own
            return None
        if answer.get("code"):
            return Told(self.claim_id, code=answer["code"], place=answer["place"])
        if answer.get("couponId"):
            return Told(self.claim_id, answer["couponId"], answer["place"])
        self.is_in_the_log = True
        return None

    def _refused(self, refused: Refused) -> Told | None:
        if refused.code in FINAL:
            return Told(self.claim_id, code=refused.code)
        if refused.code not in PASSING and refused.status not in REPEATABLE:
            raise refused
        self._lost(refused.code or str(refused.status))
        return None

    def _lost(self, why: str) -> None:
        self.repeats[why] += 1
        self.is_in_the_log = False


@dataclass
class Rush:
    """`people` who want one of `stock` coupons; a quarter of them claim on two devices.

    A third comes first, and leaves coupons for the others, who come when one of it is answered.
    """

    stack: Stack
    operator: User
    campaign_id: str
    stock: int
    devices: Sequence[Device]

    @classmethod
    async def laid(cls, stack: Stack, people: int, partitions: int = 1) -> Self:
        """A campaign that opens in a moment, and everybody with a token."""
        mint, stock = Mint(stack), people * 2 // 3
        operator = User(stack.base_url, "operator", token=mint.token(str(uuid.uuid4()), "operator"))
        opens_at = datetime.now(UTC) + timedelta(seconds=1)
        body = {
            "campaignId": str(uuid.uuid4()),
            "title": "Through all faults",
            "benefit": {"kind": "amount", "value": 1000},
            "stock": stock,
            "partitions": partitions,
            "opensAt": to_text(opens_at),
            "closesAt": to_text(opens_at + timedelta(hours=3)),
            "validDays": 1,
        }
        made = await operator.insist("POST", "/coupon/campaigns", body)
        campaign_id = str(made["campaignId"])
        accounts = [str(uuid.uuid4()) for _ in range(people)]
        devices = [
            Device(
                User(stack.base_url, account, ADDRESSES[n % 2], token=mint.token(account)),
                account,
                campaign_id,
            )
            for n, account in enumerate([*accounts, *accounts[::TWICE]])
        ]
        return cls(stack, operator, campaign_id, stock, devices)

    @property
    def first(self) -> int:
        """How many devices come first, each of another account."""
        return self.stock // 2

    async def hurt(self, blow: Callable[[Rush], Awaitable[None]]) -> None:
        """Everybody claims, and in the midst of it there is the blow; returns when all are told."""
        going = [asyncio.create_task(each.claim()) for each in self.devices[: self.first]]
        try:
            await eventually(self._has_begun, DEADLINE, 0.02)
            going += [asyncio.create_task(each.claim()) for each in self.devices[self.first :]]
            await blow(self)
            async with asyncio.timeout(DEADLINE):
                await asyncio.gather(*going)
        finally:
            for task in going:
                task.cancel()
            await asyncio.gather(*going, return_exceptions=True)

    async def _has_begun(self) -> bool:
        return self.answered() > 0

    def answered(self) -> int:
        """How many devices have their last word."""
        return sum(each.told is not None for each in self.devices)

    def all_wait(self) -> bool:
        """Whether every device without its last word was told that it waits."""
        waiting = [each for each in self.devices if each.told is None]
        return bool(waiting) and all(each.is_in_the_log for each in waiting)

    async def close(self) -> None:
        """Disconnect everybody."""
        for user in (self.operator, *(each.user for each in self.devices)):
            await user.close()
