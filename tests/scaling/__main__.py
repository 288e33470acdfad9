"""`python -m tests.scaling`: writes the sums into docs/scaling.md; `measure` finds constants."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec
import psutil
from rich.console import Console

from infra.embedded.services import ProcessCounts
from infra.embedded.shape import StackShape
from infra.embedded.stack import Stack
from tests.bench.__main__ import ENVIRONMENT
from tests.bench.machine import _cpu
from tests.bench.scenes.bench import Bench
from tests.bench.sizes import Sizes
from tests.scaling import constants, page
from tests.scaling.constants import Constant, Found
from tests.scaling.measure.deliveries import deliveries
from tests.scaling.measure.messages import messages
from tests.scaling.measure.skipped import skipped
from tests.scaling.measure.sockets import sockets
from tests.scaling.measure.steps import COUNTS, steps
from tests.scaling.measure.tables import tables

MEASURES: dict[str, Callable[[Bench], list[Constant]]] = {
    "messages": messages,
    "deliveries": deliveries,
    "sockets": sockets,
    "skipped": skipped,
    "tables": tables,
}
STEPS = "steps"
MORE = {
    "CHATSTREAM_LIMITS__SOCKETS_PER_ADDRESS": "100000",
    # A worker that ends gives its partitions up at once.
    "CHATSTREAM_KAFKA__STATIC_MEMBERSHIP": "false",
}
"""Beside what the bench sets: all sockets come from one address."""


def measured(bench: Bench, group: str, found: Found) -> Found:
    """Measure one group, and put it where older figures of it were."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    if group == STEPS:
        return found.with_steps(msgspec.structs.replace(step, day=now) for step in steps(bench))
    machine = f"{_cpu()}, {os.cpu_count()} cores"
    command = f"python -m tests.scaling measure {group}"
    return found.with_constants(
        msgspec.structs.replace(each, command=command, day=now, machine=machine)
        for each in MEASURES[group](bench)
    )


@click.group(invoke_without_command=True)
@click.option("--check", is_flag=True, help="Only tell whether the page is behind; exit code 1.")
@click.pass_context
def main(context: click.Context, check: bool) -> None:
    """Write the tables of docs/scaling.md from its constants."""
    if context.invoked_subcommand is not None:
        return
    found, text = constants.read(), page.PAGE.read_text()
    behind = page.filled(text, found) != text
    if behind and not check:
        page.PAGE.write_text(page.filled(text, found))
    told = "behind its constants" if check else "written anew"
    click.echo(f"docs/scaling.md is {told if behind else 'as its constants say'}")
    raise SystemExit(1 if behind and check else 0)


@main.command()
@click.argument("groups", nargs=-1, required=True, type=click.Choice([*MEASURES, STEPS]))
@click.option("--root", type=click.Path(path_type=Path), help="Folder of the data; default: new.")
@click.option("--port", type=click.IntRange(1, 65000), default=8680, show_default=True)
def measure(groups: tuple[str, ...], root: Path | None, port: int) -> None:
    """Measure GROUPS on a stack of its own; figures replace older ones of the same names."""
    console = Console()
    counts = ProcessCounts(chat=COUNTS[-1], front=COUNTS[-1]) if STEPS in groups else {}
    shape = StackShape(counts, ENVIRONMENT | MORE)
    with (
        tempfile.TemporaryDirectory(prefix="chatstream-scaling-") as fresh,
        Stack(root or Path(fresh), port, shape, console.print) as stack,
    ):
        stack.start_servers()
        stack.start_services()
        bench = Bench(stack, replace(Sizes(), rooms=64), console.print)
        bench.people  # noqa: B018 (made before anything is measured)
        for group in groups:
            load = os.getloadavg()[0] / (psutil.cpu_count() or 1)
            console.print(f"{group}: load {load:.1f} a core before the start")
            found = measured(bench, group, constants.read())
            constants.write(found)
            console.print(f"{group}: written")


if __name__ == "__main__":
    main()
