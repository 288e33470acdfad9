"""Coroutines that hardly ever wait, from code that does not await."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

_Result = TypeVar("_Result")


def at_once(work: Coroutine[Any, Any, _Result]) -> _Result | None:
    """What it returns when it need not wait; else None, and it was ended where it would have.

    For work that has done nothing yet where it waits. Raises what it raises.
    """
    try:
        work.send(None)
    except StopIteration as done:
        result: _Result = done.value
        return result
    work.close()
    return None
