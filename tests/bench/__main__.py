"""`python -m tests.bench`: start a stack, measure everything on it, write docs/benchmarks.md."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import click
import psutil
from rich.console import Console

from infra.embedded.command import CLONE
from infra.embedded.shape import StackShape
from infra.embedded.stack import Stack
from tests.bench.machine import machine
from tests.bench.report import Section, aims_of, markdown, show
from tests.bench.scenes.backlog import backlog
from tests.bench.scenes.bench import Bench
from tests.bench.scenes.changelog import changelog_writes
from tests.bench.scenes.coupons import coupons
from tests.bench.scenes.crowd import crowd
from tests.bench.scenes.feeds import feeds
from tests.bench.scenes.flood import flood
from tests.bench.scenes.idle import idle
from tests.bench.scenes.lists import lists
from tests.bench.scenes.lonely import lonely
from tests.bench.scenes.members import members
from tests.bench.scenes.messages import closed_loop, fixed_rate
from tests.bench.scenes.million import million_words
from tests.bench.scenes.publishing import publishing
from tests.bench.scenes.returning import returning
from tests.bench.scenes.rooms import joins
from tests.bench.scenes.rules import rules
from tests.bench.scenes.search import search
from tests.bench.scenes.sink import sink
from tests.bench.scenes.words import words
from tests.bench.sizes import Sizes

SCENES: dict[str, Callable[[Bench], Section]] = {
    "a": closed_loop,
    "b": fixed_rate,
    "c": crowd,
    "d": idle,
    "e": words,
    "f": joins,
    "g": rules,
    "h": lists,
    "i": backlog,
    "j": changelog_writes,
    "k": million_words,
    "l": flood,
    "m": returning,
    "n": members,
    "o": sink,
    "p": search,
    "q": coupons,
    "r": publishing,
    "s": feeds,
    "t": lonely,
}
DOCUMENT = CLONE / "docs" / "benchmarks.md"
BUSY = 1.0

# The edge's limits are for people; passwords are not what is measured.
ENVIRONMENT = {
    "CHATSTREAM_AUTH__BCRYPT_COST": "4",
    "CHATSTREAM_AUTH__ACCESS_TTL": "7200",
    "CHATSTREAM_LIMITS__SIGNUPS_PER_MINUTE": "1000000",
    "CHATSTREAM_LIMITS__MESSAGE_BURST": "1000000",
    "CHATSTREAM_LIMITS__MESSAGES_PER_SECOND": "1000000",
    "CHATSTREAM_LIMITS__SOCKETS_PER_ACCOUNT": "1000",
    "CHATSTREAM_LIMITS__POSTS_PER_ACCOUNT": "100000",
    "CHATSTREAM_LIMITS__POST_SEARCHES_PER_ACCOUNT": "100000",
    # So that a post is pushed also to as many followers as are usually merged.
    "CHATSTREAM_FEED__PUSH_LIMIT": "1000000",
}


def run_scenes(bench: Bench, keys: Sequence[str], console: Console) -> list[Section]:
    """Measure one after the other, printing each as it ends."""
    sections = []
    for key in keys:
        section = SCENES[key](bench)
        show(console, section)
        sections.append(section)
    return sections


def _keys(_context: click.Context, _parameter: click.Parameter, value: str) -> list[str]:
    keys = value.split(",")
    if unknown := set(keys) - set(SCENES):
        raise click.BadParameter(f"unknown: {', '.join(sorted(unknown))}")
    return keys


@click.command()
@click.option(
    "--only", default=",".join(SCENES), callback=_keys, help=f"Some of {','.join(SCENES)}."
)
@click.option("--seconds", type=click.FloatRange(1), default=20, show_default=True)
@click.option("--root", type=click.Path(path_type=Path), help="Folder of the data; default: new.")
@click.option("--port", type=click.IntRange(1, 65000), default=8480, show_default=True)
@click.option("--write/--no-write", default=True, help="Write docs/benchmarks.md.")
def main(only: list[str], seconds: float, root: Path | None, port: int, write: bool) -> None:
    """Measure a whole stack of its own, with what the same servers allow beside."""
    console = Console()
    load = os.getloadavg()[0]
    if load > BUSY * (psutil.cpu_count() or 1):
        console.print(f"This machine is busy (load {load:.1f}): the figures will be worse.")
    sizes = replace(Sizes(), seconds=seconds)
    with (
        tempfile.TemporaryDirectory(prefix="chatstream-bench-") as fresh,
        Stack(root or Path(fresh), port, StackShape(extra_env=ENVIRONMENT), console.print) as stack,
    ):
        stack.start_servers()
        stack.start_services()
        found = machine(stack)
        sections = run_scenes(Bench(stack, sizes, console.print), only, console)
    if write:
        rows = [*found.rows, ["load before the start", f"{load:.1f}"]]
        text = markdown(sections, replace(found, rows=rows), "make bench")
        DOCUMENT.write_text(text)
        console.print(f"written: {DOCUMENT.relative_to(CLONE)}")
    missed = sum(row[-1] == "no" for row in aims_of(sections).rows)
    console.print(f"{missed} aims missed" if missed else "every aim met")


if __name__ == "__main__":
    main()
