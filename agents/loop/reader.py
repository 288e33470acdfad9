"""Who handles what runs: the agent, and the service that it belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BatchReader:
    """An agent by its name, and its service's."""

    service: str
    agent: str


NOBODY = BatchReader("", "")
_current: ContextVar[BatchReader] = ContextVar("reader", default=NOBODY)


def current_reader() -> BatchReader:
    """Whose batch is under way; nobody's outside of one."""
    return _current.get()


@contextmanager
def reading(reader: BatchReader) -> Iterator[None]:
    """What runs in the block is this reader's."""
    token = _current.set(reader)
    try:
        yield
    finally:
        _current.reset(token)
