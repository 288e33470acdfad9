"""atheris over each decoder, a bounded number of runs; only by `make soak`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

REPOSITORY = Path(__file__).parents[2]
RUNS = 200_000
SECONDS = 60


@pytest.mark.soak
@pytest.mark.parametrize("name", TARGETS)
async def test_nothing_comes_out_of_a_decoder_but_its_own_error(name: str, tmp_path: Path) -> None:
    bounds = (f"-runs={RUNS}", f"-max_total_time={SECONDS}", "-max_len=65536", "-seed=1")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.fuzz", name, *bounds, f"-artifact_prefix={tmp_path}/",
        cwd=REPOSITORY, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode(errors="replace")[-4000:]
    assert b"Done " in output
