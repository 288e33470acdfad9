"""The HTTP server under every service: Faust's aiohttp, with room for a crowd at its door.

What aiohttp answers before a request reaches the application (a line that is no HTTP, an unknown
method) is plain text with the line quoted, in the answer and in the log. Here it is the
application's own answer, and the log has the kind of the fault.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import BadHttpMethod
from aiohttp.web_protocol import RequestHandler
from faust.web.drivers.aiohttp import Web

log = logging.getLogger(__name__)

BACKLOG = 4096
"""Connections that wait to be accepted, as at the gateway; the kernel's `somaxconn` caps it.

A front that is busy for a moment accepts nobody meanwhile. Where the line is full the kernel drops
the SYN: the gateway tries again after a second, and gives the front up after two.
"""

Refusal = Callable[[web.BaseRequest, int], web.Response]
REFUSAL: web.AppKey[Refusal] = web.AppKey("refusal")
"""How the application answers what could not be read: by the status."""


class Connection(RequestHandler):
    """One connection; see the module."""

    __slots__ = ("_refusal",)

    def __init__(self, manager: Server, refusal: Refusal | None, **options: Any) -> None:
        super().__init__(manager, **options)
        self._refusal = refusal

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what never reached a handler, or broke after it; closes the connection."""
        ours = status >= 500
        level = logging.ERROR if ours else logging.INFO
        log.log(level, "a request failed: %s", type(exc).__name__, exc_info=exc if ours else None)
        if request.writer.output_size > 0:
            raise ConnectionError("a part of the answer is sent")
        if isinstance(exc, BadHttpMethod):
            status = 405
        response = self._refusal(request, status) if self._refusal else web.Response(status=status)
        response.force_close()
        return response


class Server(web.Server):
    """Makes such connections, otherwise as the one that aiohttp made for its application."""

    def __init__(self, made: web.Server, refusal: Refusal | None) -> None:
        super().__init__(
            made.request_handler,
            request_factory=made.request_factory,
            handler_cancellation=made.handler_cancellation,
            **made._kwargs,
        )
        self._refusal = refusal

    def __call__(self) -> Connection:
        """A connection that was accepted."""
        return Connection(self, self._refusal, loop=self._loop, **self._kwargs)


class Runner(web.AppRunner):
    """Serves an application so."""

    __slots__ = ()

    async def _make_server(self) -> Server:
        return Server(await super()._make_server(), self.app.get(REFUSAL))


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
