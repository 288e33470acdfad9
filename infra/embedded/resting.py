"""The services of a running stack at rest: ended for a while, with the servers as they are.

Connect rests with them: it reads the databases as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.embedded import connect
from infra.embedded.attached import attach
from infra.embedded.cache import Say
from infra.embedded.captured import CapturedStack
from infra.embedded.services import programs


@contextmanager
def services_resting(root: Path, say: Say) -> Iterator[None]:
    """End every service of the stack below `root`; those that ran start again, and are waited for.

    They start after a failure too. Raises ConfigurationError where no stack runs.
    """
    with attach(root) as stack:
        resting = programs(stack.workers)
        if isinstance(stack, CapturedStack):
            resting.append(connect.NAME)
        running = [name for name in resting if stack.pid(name)]
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
            if isinstance(stack, CapturedStack) and connect.NAME in running:
                stack.give_connectors()
            say("the services run again")
