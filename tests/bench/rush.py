"""A rush for coupons as it is measured: claims by HTTP, chat beside it, and the limits."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from schemas.services import FRONT_COUPON
from tests.bench import bare_stock
from tests.bench.bare_stock import Bare
from tests.bench.beside import beside
from tests.bench.claimants import Claimants
from tests.bench.drive import Run, process
from tests.bench.filled import Decided, claim_of, decided
from tests.bench.lag import create_topics, delete_topics
from tests.bench.processes import Cpu, Meter, spent
from tests.bench.scenes.bench import Bench
from tests.bench.wire import Claimed, ClaimJob, Job

LOAD = "load"
WITHIN = 1500.0


@dataclass(frozen=True)
class Rush:
    """What came of claims, and the CPU seconds of everybody meanwhile."""

    claimed: Claimed
    cpu: Cpu

    @property
    def claims(self) -> int:
        """How many had their last word."""
        return sum(self.claimed.answers.values())

    @property
    def rate(self) -> float:
        """Claims a second."""
        return self.claims / self.claimed.seconds

    @property
    def stack_ms(self) -> float:
        """CPU milliseconds a claim of everybody but the load."""
        used = sum(each for name, each in self.cpu.items() if name != LOAD)
        return 1000 * used / self.claims


@dataclass(frozen=True)
class Beside:
    """The limits: what the agent does alone, and the bare servers."""

    agent: Sequence[Decided]
    produced: Bare
    locked: Bare
    rushed: Bare
    redis: Bare | None


def rush_job(bench: Bench, campaign_id: str, crowd: Claimants, claims: Sequence[int]) -> ClaimJob:
    """These claims, at a front of the pool that takes them, past the gateway."""
    return ClaimJob(
        port=bench.stack.endpoints.ports[f"{FRONT_COUPON.name}-1"],
        campaign_id=campaign_id,
        tokens=crowd.tokens,
        claims=list(claims),
        at_once=bench.sizes.claims_at_once,
    )


def rushed(bench: Bench, job: ClaimJob) -> Rush:
    """All of them, as fast as it goes."""
    with process("claiming", job, WITHIN) as load:
        load.wait_for("ready")
        meter = Meter(bench.stack, {LOAD: load.pid})
        before = meter.read()
        load.go_on()
        claimed = load.wait_for("result").claimed
        cpu = spent(before, meter.read())
    if claimed is None:
        raise TypeError("the claims told no result")
    return Rush(claimed, cpu)


def chat_beside(bench: Bench, chat: Job, claims: ClaimJob) -> tuple[Run, Claimed]:
    """The others' messages while people claim, who stop when these were measured."""
    run, event = beside(bench, chat, "claiming", claims, WITHIN)
    if event.claimed is None:
        raise TypeError("the claims told no result")
    return run, event.claimed


def limits(bench: Bench, accounts: list[str]) -> Beside:
    """The agent on a filled topic, then what the same servers do without us."""
    sizes, stack = bench.sizes, bench.stack
    bench.say(f"{sizes.claims:,} claims lie on a topic, and one agent decides …")
    agent = decided(stack, accounts, sizes.claims, (sizes.coupons, sizes.claims))
    bench.say("bare produce, one row of Postgres, a script in Redis …")
    dsn = stack.dsns["coupon"]
    redis = (
        bare_stock.scripted(sizes.claims, sizes.claimants, sizes.coupons)
        if bare_stock.has_redis()
        else None
    )
    return Beside(
        agent,
        _produced(bench, accounts),
        bare_stock.counted_down(dsn, sizes.locked_claims, sizes.locked_claims),
        bare_stock.counted_down(dsn, sizes.claims, sizes.coupons),
        redis,
    )


def _produced(bench: Bench, accounts: Sequence[str]) -> Bare:
    stack, topic = bench.stack, f"bench.{uuid.uuid4().hex[:8]}.REQUEST"
    values = [claim_of(str(uuid.uuid4()), account) for account in accounts]
    create_topics(stack, (topic,), 1)
    try:
        return bare_stock.produced(stack.bootstrap, topic, values, bench.sizes.claims_at_once)
    finally:
        delete_topics(stack, (topic,))
