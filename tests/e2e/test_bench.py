"""The bench itself works, at a size that says nothing about speed."""

from __future__ import annotations

import asyncio

from rich.console import Console

from infra.embedded.stack import Stack
from tests.bench.__main__ import SCENES, run_scenes
from tests.bench.report import Table, aims_of, markdown
from tests.bench.scenes.bench import Bench
from tests.bench.sizes import TINY


async def test_every_measurement_gives_figures_and_loses_nothing(stack: Stack) -> None:
    console = Console(quiet=True)
    bench = Bench(stack, TINY, lambda _: None)
    sections = await asyncio.to_thread(run_scenes, bench, list(SCENES), console)
    assert [section.key for section in sections] == list(SCENES)
    faults = [row for row in aims_of(sections).rows if row[1] == "lost or out of order"]
    assert len(faults) == 3
    assert all(row[-1] == "yes" for row in faults), faults
    text = markdown(sections, Table(("", ""), []), "make bench")
    assert all(f"## ({key})" in text for key in SCENES)
