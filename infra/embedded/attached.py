"""A stack that another process started and ends, to use and to give orders to."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from chatstream.errors import ConfigurationError
from infra.embedded import connect
from infra.embedded.captured import CapturedStack
from infra.embedded.layout import Layout
from infra.embedded.sheet import Sheet
from infra.embedded.stack import Stack
from infra.embedded.supervision import AttachedSupervisor


class AttachedStack(Stack):
    """The stack below `root`, with the ports, processes and settings it was started with.

    It can be asked, and its processes killed, paused and started, as by its owner. Leaving the
    `with` block, or a start that fails, ends nothing. Raises ConfigurationError where no stack
    runs.
    """

    def __init__(self, root: Path) -> None:
        sheet = Sheet.read(Layout(root.resolve()))
        super().__init__(root, sheet.port, sheet.shape)
        self._place(sheet.ports)
        self._supervisor = AttachedSupervisor(self.layout, self._groups())
        if not self._supervisor.is_alive():
            raise ConfigurationError(f"the stack in {root} has ended")

    def start_servers(self, only: Iterable[str] | None = None) -> None:
        """Start those that do not run, and wait until each answers a real request."""
        self._start([*(only or self.servers.by_name())])

    def stop(self) -> None:
        """Leave everything as it is: it is ended by its owner."""


class AttachedCapturedStack(AttachedStack, CapturedStack):
    """The same, of a stack whose changes are captured: Connect is one of its processes."""


def attach(root: Path) -> AttachedStack:
    """The stack that runs below `root`, with all that it was started with.

    Raises ConfigurationError where none runs.
    """
    sheet = Sheet.read(Layout(root.resolve()))
    return (AttachedCapturedStack if connect.NAME in sheet.ports else AttachedStack)(root)
