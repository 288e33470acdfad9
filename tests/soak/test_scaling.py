"""What measures the constants of docs/scaling.md works, at a size that says nothing."""

from __future__ import annotations

import asyncio

import pytest

from infra.embedded.stack import Stack
from tests.bench.scenes.bench import Bench
from tests.bench.sizes import TINY
from tests.scaling import constants
from tests.scaling.__main__ import MEASURES, STEPS, measured
from tests.scaling.constants import Found


@pytest.mark.soak
async def test_every_constant_is_measured_and_no_message_is_lost(stack: Stack) -> None:
    bench = Bench(stack, TINY, lambda _: None)

    def all_groups() -> Found:
        found = Found()
        for group in (*MEASURES, STEPS):
            found = measured(bench, group, found)
        return found

    found = await asyncio.to_thread(all_groups)
    connections = {name for name in found.constants if name.startswith("connections.")}
    kept = {name for name in constants.read().constants if not name.startswith("connections.")}
    assert kept <= set(found.constants) - connections
    for prefix in ("bytes.kafka.re", "bytes.postgres.wal", "bytes.elastic."):
        sizes = [each for name, each in found.values.items() if name.startswith(prefix)]
        assert min(sizes, default=0) > 0, prefix
    assert {step.processes for step in found.steps} >= {1, 2}
    assert [step for step in found.steps if step.faults or not step.rate] == []
