"""/livez, /readyz and /metrics of every service; /healthz is another name of /livez."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

from infra.metrics import ReadGauge

# Each check returns None when all is well, else the reason why this process is not ready.
Check = Callable[[], str | None]


class Readiness:
    """The checks of a process."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks

    def reasons(self) -> dict[str, str]:
        """Why this process is not ready, by check; empty when it is."""
        return {name: reason for name, check in self._checks.items() if (reason := check())}


READY: ReadGauge[Readiness] = ReadGauge(
    "chatstream_ready",
    "1 while /readyz of this process answers 200, else 0",
    [],
    lambda readiness: [((), not readiness.reasons())],
    together=min,
)


def register(web_app: web.Application, checks: Mapping[str, Check]) -> None:
    """Add the routes; `checks` decide /readyz (200, or 503 with the reasons)."""
    readiness = Readiness(checks)
    READY.watch(readiness)

    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def readyz(_request: web.Request) -> web.Response:
        if reasons := readiness.reasons():
            return web.json_response({"status": "not ready", "reasons": reasons}, status=503)
        return web.json_response({"status": "ready"})

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(
            body=generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    web_app.router.add_get("/healthz", healthz)
    web_app.router.add_get("/readyz", readyz)
    web_app.router.add_get("/livez", healthz)
    web_app.router.add_get("/metrics", metrics)
