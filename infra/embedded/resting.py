"""The services of a running stack at rest: ended for a while, with the servers as they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.embedded.attached import AttachedStack
from infra.embedded.cache import Say


@contextmanager
def services_resting(root: Path, say: Say) -> Iterator[None]:
    """End every service of the stack below `root`; those that ran start again, and are waited for.

    They start after a failure too. Raises ConfigurationError where no stack runs.
    """
    with AttachedStack(root) as stack:
        running = [worker.name for worker in stack.workers if stack.pid(worker.name)]
        say(f"stopping {', '.join(running)}")
        for name in running:
            stack.stop_process(name)
        try:
            yield
        finally:
            for name in running:
                stack.start_process(name)
            for name in running:
                stack.wait_ready(name)
            say("the services run again")
