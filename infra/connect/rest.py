"""What is asked of Kafka Connect, by its REST interface."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import aiohttp

from chatstream.errors import TransientFailure
from chatstream.ports.reporting import ConnectorState
from infra.connect.connectors import name_of

_WITHIN = aiohttp.ClientTimeout(total=15)
# Also of a call without a body, which aiohttp would call bytes and Connect refuses.
_JSON = {"Content-Type": "application/json"}
_MISSING = 404
_REFUSED = 400


class ConnectRest:
    """ports.reporting.Connectors at the address `url`; a connection for each question."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    async def put(self, database: str, configuration: Mapping[str, str]) -> None:
        """Make the connector of a database, or give it another configuration; idempotent."""
        await self._ask("PUT", database, "config", configuration)

    async def state(self, database: str) -> ConnectorState:
        """See ports.reporting.Connectors."""
        status = await self._ask("GET", database, "status")
        if status is None:
            return ConnectorState("")
        states = [each["state"] for each in (status["connector"], *status["tasks"])]
        told = await self._ask("GET", database, "offsets")
        offsets = [each["offset"] for each in (told or {}).get("offsets", ()) if each["offset"]]
        state = "FAILED" if "FAILED" in states else states[0]
        return ConnectorState(state, bool(offsets), _streamed(offsets[0]) if offsets else None)

    async def stop(self, database: str) -> None:
        """See ports.reporting.Connectors."""
        await self._ask("PUT", database, "stop")

    async def forget_offset(self, database: str) -> None:
        """See ports.reporting.Connectors."""
        await self._ask("DELETE", database, "offsets")

    async def resume(self, database: str) -> None:
        """See ports.reporting.Connectors."""
        await self._ask("PUT", database, "resume")

    async def restart(self, database: str) -> None:
        """See ports.reporting.Connectors."""
        await self._ask("POST", database, "restart?includeTasks=true&onlyFailed=true")

    async def _ask(
        self, method: str, database: str, what: str, body: Mapping[str, str] | None = None
    ) -> Any:
        """What it answers, None when it does not know the connector."""
        url = f"{self._url}/connectors/{name_of(database)}/{what}"
        try:
            async with (
                aiohttp.ClientSession(timeout=_WITHIN) as http,
                http.request(method, url, json=body, headers=_JSON) as response,
            ):
                if response.status == _MISSING:
                    return None
                if response.status >= _REFUSED:
                    raise TransientFailure(f"connect: {method} {what}: {response.status}")
                told = await response.read()
                return json.loads(told) if told else None
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise TransientFailure(f"connect: {type(error).__name__}") from error


def _streamed(offset: Mapping[str, Any]) -> int | None:
    """How far it has told the log; None while it reads a snapshot."""
    if offset.get("snapshot") and not offset.get("snapshot_completed"):
        return None
    place = offset.get("lsn")
    return place if isinstance(place, int) else None
