"""Whether a process of a stack answers over HTTP."""

from __future__ import annotations

import http.client

from infra.embedded.layout import LOOPBACK


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
