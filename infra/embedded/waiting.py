"""Waiting for a condition of other processes, with a limit."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable

from chatstream.errors import ConfigurationError
from infra.embedded.layout import LOOPBACK

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


def answers(port: int, path: str) -> bool:
    """Whether an HTTP GET on a port of the loopback address answers 200."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=3)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
