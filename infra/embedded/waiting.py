"""Waiting for a condition of other processes, with a limit."""

from __future__ import annotations

import time
from collections.abc import Callable

from chatstream.errors import ConfigurationError

POLL_SECONDS = 0.1


class NotReadyError(ConfigurationError):
    """Something did not become ready in time."""


def wait_until(condition: Callable[[], bool], seconds: float, what: str, hint: str = "") -> float:
    """Ask `condition` until it holds; returns the seconds it took.

    Raises NotReadyError, naming `what` and the hint, after `seconds`.
    """
    start = time.monotonic()
    while not condition():
        if time.monotonic() - start > seconds:
            raise NotReadyError(f"{what} is not ready after {seconds:.0f} s{hint}")
        time.sleep(POLL_SECONDS)
    return time.monotonic() - start
