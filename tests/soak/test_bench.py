"""The bench itself works, at a size that says nothing about speed."""

from __future__ import annotations

import asyncio

import pytest
from rich.console import Console

from infra.embedded.stack import Stack
from tests.bench.__main__ import SCENES, run_scenes
from tests.bench.report import Table, aims_of, markdown
from tests.bench.scenes.bench import Bench
from tests.bench.scenes.coupons import BROKEN
from tests.bench.scenes.publishing import UNSEEN
from tests.bench.sizes import TINY

# Starts six workers one after the other, which takes as long as all the others together.
TOO_LONG = {"k"}


@pytest.mark.soak
async def test_every_measurement_gives_figures_and_loses_nothing(stack: Stack) -> None:
    console = Console(quiet=True)
    bench = Bench(stack, TINY, lambda _: None)
    keys = [key for key in SCENES if key not in TOO_LONG]
    sections = await asyncio.to_thread(run_scenes, bench, keys, console)
    assert [section.key for section in sections] == keys
    faults = [row for row in aims_of(sections).rows if row[1] == "lost or out of order"]
    assert len(faults) == 5
    assert all(row[-1] == "yes" for row in faults), faults
    back = {row[1]: row for row in aims_of(sections).rows if row[0] == "(m)"}
    assert all(back[name][-1] == "yes" for name in ("not back", "others' calls refused")), back
    exact = {row[1]: row for row in aims_of(sections).rows if row[0] == "(q)"}
    assert exact[BROKEN][-1] == "yes", exact
    seen = {row[1]: row for row in aims_of(sections).rows if row[0] == "(r)"}
    assert seen[UNSEEN][-1] == "yes", seen
    text = markdown(sections, Table(("", ""), []), "make bench")
    assert all(f"## ({key})" in text for key in keys)
