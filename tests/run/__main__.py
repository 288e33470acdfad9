"""Run everything `make test` stands for; the exit status is 0 only when all of it passed.

Lint, the tests that need no service, and the servers start together; what needs the services runs
beside the first as soon as the databases answer; what kills processes runs at the end, alone.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.embedded import postgres
from infra.embedded.run import StopRequestedError, signals_stop
from infra.embedded.stack import Stack
from tests.run.jobs import Job, Session
from tests.run.report import conclude, show
from tests.run.summary import Outcome
from tests.run.watch import Watch
from tests.servers import SHARED, own_stack

# Several times what each takes on a quiet machine with two cores.
LINT_SECONDS = 900.0
TESTS_SECONDS = 3000.0
_STOPPED = 130


BOTH = ("tests/integration", "tests/e2e")


@dataclass(frozen=True, slots=True)
class Plan:
    """What runs: a command and three lots of tests, as arguments of pytest.

    The first two share what is in their folders: the second has what uses the running services.
    """

    # Of make's own variables, those that tell it how it was called are not for this one.
    lint: Sequence[str] = ("env", "-u", "MAKEFLAGS", "make", "lint")
    plain: Sequence[str] = ("-m", "not stack", "tests/unit", "tests/contract", *BOTH)
    served: Sequence[str] = ("-m", "stack", *BOTH)
    alone: Sequence[str] = ("tests/faults",)


def run(stack: Stack, plan: Plan, folder: Path) -> list[Outcome]:
    """Run all of it; how each process ended. Leaves no process but those of the stack."""
    environment = {SHARED: str(stack.layout.root)}

    def tests(name: str, arguments: Sequence[str]) -> Session:
        return Session(name, arguments, folder, TESTS_SECONDS, environment)

    watch = Watch(show)
    try:
        watch.start(Job("lint", plan.lint, folder, LINT_SECONDS), tests("plain", plan.plain))
        stack.start_servers(postgres.SERVERS)
        for name in stack.servers.by_name():
            stack.start_process(name)
        watch.start(tests("served", plan.served))
        watch.until_over()
        watch.start(tests("alone", plan.alone))
        watch.until_over()
    finally:
        watch.end()
    return [job.outcome() for job in watch.jobs]


def main(plan: Plan | None = None) -> int:
    """The exit status."""
    began = time.monotonic()
    root = Path(tempfile.mkdtemp(prefix="chatstream-tests-"))
    try:
        with signals_stop(), own_stack(root / "stack") as stack:
            outcomes = run(stack, plan or Plan(), root)
    except StopRequestedError:
        show(f"\nstopped; kept: {root}\n")
        return _STOPPED
    return conclude(root, outcomes, time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())
