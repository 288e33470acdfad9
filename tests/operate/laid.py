"""Stacks of the tests' own whose servers run and whose tables are laid, but whose services wait."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import MappingProxyType

import pytest

from infra.embedded.shape import PLAIN, StackShape
from infra.embedded.stack import Stack
from tests.folders import server_folder
from tests.servers import claimed_port

WITHIN = 180.0
"""Seconds for a process to be ready, on a machine that runs much else."""


class VariedStack(Stack):
    """A stack of which some processes have settings of their own."""

    varied: Mapping[str, Mapping[str, str]] = MappingProxyType({})

    def env(self, name: str | None = None) -> dict[str, str]:
        """As its base, with the process' own settings on top."""
        return super().env(name) | dict(self.varied.get(name or "", {}))

    def start_workers(self, *names: str) -> None:
        """Start these services at once, and wait until each is ready."""
        for name in names:
            self.start_process(name)
        for name in names:
            self.wait_ready(name, WITHIN)


@contextmanager
def laid_stack(
    request: pytest.FixtureRequest,
    name: str,
    shape: StackShape = PLAIN,
    *,
    servers: Sequence[str] | None = None,
    varied: Mapping[str, Mapping[str, str]] | None = None,
) -> Iterator[VariedStack]:
    """A stack in a folder of this name; `servers`: only these, of which Elasticsearch is none."""
    with (
        server_folder(request, name) as root,
        claimed_port() as port,
        VariedStack(root, port, shape) as stack,
    ):
        stack.varied = varied or {}
        stack.start_servers(servers)
        only = () if servers is None else ("--only", "databases")
        with ThreadPoolExecutor() as both:
            laying = [("migrate", *only), ("topics", "create")]
            for done in [both.submit(stack.command, *words) for words in laying]:
                done.result()
        yield stack
