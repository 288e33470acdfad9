"""Everybody on the stack, the volleys of faults one after another, and what is said of them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from infra.embedded.stack import Stack
from tests.faults.injections import Volley, leaving
from tests.faults.parties import Parties
from tests.faults.silence import Outage, report
from tests.faults.traffic import Traffic

log = logging.getLogger(__name__)


@dataclass
class Scene:
    """A stack that was hurt under these people; everything begun in it has been answered."""

    stack: Stack
    parties: Parties
    volleys: list[list[Outage]] = field(default_factory=list)

    async def hurt(self, volley: Volley) -> None:
        """All faults of a volley at the same time; returns when every room is served again."""
        names = " | ".join(fault.name for fault in volley)
        began, traffic = time.monotonic(), self.parties.traffic
        before = len(traffic.sent)
        log.info("begins: %s", names)
        outages = await asyncio.gather(*(fault.strike(self.parties) for fault in volley))
        self.volleys.append(outages)
        traffic.outages.extend(outages)
        await traffic.progress(max(outage.back for outage in outages))
        self.parties.check()
        each = ", ".join(f"{outage.back - outage.began:.1f}" for outage in outages)
        took, sent = time.monotonic() - began, len(traffic.sent) - before
        log.info("%.1f s (away: %s), %d acknowledged meanwhile: %s", took, each, sent, names)

    async def finish(self) -> None:
        """Everybody comes to an end; the silences are told."""
        began = time.monotonic()
        await self.parties.finish()
        log.info("%.1f s until everything begun was answered", time.monotonic() - began)
        traffic = self.parties.traffic
        last = max(times[-1] for times in traffic.answers.values())
        for line in report(self.stack, traffic.answers, self.volleys, last):
            log.info("%s", line)
        for (step, victim), leaver in self.parties.leavers.by_name.items():
            when = "over" if leaver.was_over else "under way"
            log.info("the erasure hit by %s: %s was %s", victim, step, when)

    def killed_at_once(self, *victims: str) -> bool:
        """Whether all of these were hit in one volley."""
        return any(set(victims) <= {each.victim for each in volley} for volley in self.volleys)


@asynccontextmanager
async def played(stack: Stack, traffic: Traffic, volleys: Sequence[Volley]) -> AsyncIterator[Scene]:
    """The scene after all of these volleys; its people are there until the end of the block."""
    began = time.monotonic()
    parties = await Parties.open(stack, traffic, leaving(volleys))
    log.info("%.1f s until everybody was there", time.monotonic() - began)
    scene = Scene(stack, parties)
    try:
        for volley in volleys:
            await scene.hurt(volley)
        await scene.finish()
        yield scene
    finally:
        await parties.close()
