"""The HTTP server under every service: Faust's, with room for a crowd at its door."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from faust.web.drivers.aiohttp import Web

from infra.http.server import Runner

BACKLOG = 4096
"""Connections that wait to be accepted, as at the gateway; the kernel's `somaxconn` caps it.

A front that is busy for a moment accepts nobody meanwhile. Where the line is full the kernel drops
the SYN: the gateway tries again after a second, and gives the front up after two.
"""


class OwnRoutesOnly(Web):
    """The aiohttp server without Faust's index, table, router and graph pages."""

    def __init__(self, app: Any, **kwargs: Any) -> None:
        super().__init__(app, **kwargs)
        self._runner = Runner(self.web_app, access_log=None)

    def _enabled_blueprints(self) -> list[Any]:
        return []

    def _new_transport_tcp(self) -> web.BaseSite:
        conf = self.app.conf
        return web.TCPSite(self._runner, conf.web_bind, conf.web_port, backlog=BACKLOG)
