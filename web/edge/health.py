"""/livez, /readyz and /metrics of every service; /healthz is an older name of /livez."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

# Each check returns None when all is well, else the reason why this process is not ready.
Check = Callable[[], str | None]


def register(web_app: web.Application, checks: Mapping[str, Check]) -> None:
    """Add the routes; `checks` decide /readyz (200, or 503 with the reasons)."""

    async def livez(_request: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def readyz(_request: web.Request) -> web.Response:
        reasons = {name: reason for name, check in checks.items() if (reason := check())}
        if reasons:
            return web.json_response({"status": "not ready", "reasons": reasons}, status=503)
        return web.json_response({"status": "ready"})

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(
            body=generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    web_app.router.add_get("/livez", livez)
    web_app.router.add_get("/healthz", livez)
    web_app.router.add_get("/readyz", readyz)
    web_app.router.add_get("/metrics", metrics)
