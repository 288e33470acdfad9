"""The HTTP server of a process, where aiohttp's own would answer past the application.

What is no HTTP/1.1, or fails before a handler is found, is answered by `EXPLAIN` of the
application, where it has one (aiohttp quotes the line, in its answer and in the log). Bodies come
as they were sent: whoever reads one takes its Content-Encoding off. A WebSocket leaves aiohttp with
its handshake (`hand_over`).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import BadHttpMethod
from aiohttp.web_protocol import RequestHandler

from infra.http.websocket import WebSocket

log = logging.getLogger(__name__)

# Gives the answer of that status; of the request it may use the headers, which may be none.
Explain = Callable[[web.BaseRequest, int], web.Response]
# aiohttp shows the line that it could not read: a word before the path, or something else.
_NAMES_A_METHOD = re.compile(r"b'[A-Za-z]+ ")
EXPLAIN: web.AppKey[Explain] = web.AppKey("explain")
UNIX_SOCKET = web.AppKey("unix_socket", Path)
"""Where the server of this application listens besides: a gateway's way that costs half of TCP."""
_BACKLOG = 4096


class _Early:
    """What a peer sends on a WebSocket before that is handed over."""

    def __init__(self) -> None:
        self.data = b""

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """aiohttp's hook: keep it."""
        self.data += data
        return False, b""

    def feed_eof(self) -> None:
        """aiohttp's hook; the transport knows it as well."""


class _Connection(RequestHandler):
    """One connection; a peer that speaks no HTTP is told so, and logged without a traceback."""

    __slots__ = ("_early", "_explain")

    def __init__(self, explain: Explain | None, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._explain = explain
        self._early = _Early()

    def set_parser(self, parser: Any, data_received_cb: Callable[[], None] | None = None) -> None:
        """aiohttp's hook for the bytes of a WebSocket: they are not for its reader."""
        early: Any = self._early
        super().set_parser(early, data_received_cb)

    def hand_over(self, limit: int) -> WebSocket | None:
        """See the function below; `forget` follows when the handler has returned."""
        transport, server = self.transport, self._manager
        if transport is None or server is None:
            return None
        socket = WebSocket(transport, limit, self._early.data)
        transport.set_protocol(socket)
        # As if the connection were lost, except that the transport stays open.
        server.connection_lost(self)
        self._force_close = True
        return socket

    def forget(self) -> None:
        """The transport is somebody else's: aiohttp would close it."""
        self.transport = None

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """aiohttp's hook for what no handler answers, or broke: the envelope, then the end."""
        is_ours = status >= 500
        level = logging.ERROR if is_ours else logging.INFO
        kind = type(exc).__name__
        log.log(level, "a request failed: %s", kind, exc_info=exc if is_ours else None)
        if request.writer.output_size > 0:
            raise ConnectionError("a part of the answer is sent")
        if isinstance(exc, BadHttpMethod) and _NAMES_A_METHOD.search(exc.message):
            status = 405
        explain = self._explain
        response = web.Response(status=status) if explain is None else explain(request, status)
        response.force_close()
        return response


class Upgrade(web.WebSocketResponse):
    """The answer to a handshake whose connection is then handed over."""

    handed_over: _Connection | None = None

    async def write_eof(self, data: Any = b"") -> None:
        """aiohttp's hook for the end of an answer: its own would close the socket."""
        connection, self.handed_over = self.handed_over, None
        if connection is not None:
            connection.forget()


def hand_over(request: web.BaseRequest, answer: Upgrade, limit: int) -> WebSocket | None:
    """The connection of a request that was answered so; None when it is gone.

    aiohttp has done with it when the handler returns the answer: the server does not wait for it at
    its end, nor close it. Messages may have `limit` bytes.
    """
    connection = request.protocol
    if not isinstance(connection, _Connection):
        raise TypeError("the server's connections are not ours")
    answer.handed_over = connection
    return connection.hand_over(limit)


class _Server(web.Server):
    """Makes connections that explain."""

    def __init__(self, explain: Explain | None, like: web.Server) -> None:
        self._explain = explain
        self._handle = like.request_handler
        super().__init__(
            self._explained,
            request_factory=like.request_factory,
            handler_cancellation=like.handler_cancellation,
            loop=like._loop,
            **like._kwargs,
        )

    async def _explained(self, request: web.BaseRequest) -> web.StreamResponse:
        """An HTTP exception past the middlewares (an Expect that nobody can meet) is explained."""
        try:
            return await self._handle(request)
        except web.HTTPException as error:
            if self._explain is None or error.status < 400 or error.prepared:
                raise
            response = self._explain(request, error.status)
            response.force_close()
            return response

    def __call__(self) -> RequestHandler:
        """A handler for a new connection."""
        return _Connection(self._explain, self, loop=self._loop, **self._kwargs)


class Runner(web.AppRunner):
    """As aiohttp's, with the connections above."""

    def __init__(self, app: web.Application, **options: Any) -> None:
        super().__init__(app, auto_decompress=False, **options)

    async def setup(self) -> None:
        """Set the application up; it is served at its unix socket from then on, if it names one.

        A socket of before is replaced. Who may enter its folder may connect.
        """
        await super().setup()
        path = self.app.get(UNIX_SOCKET)
        if path is not None:
            await web.UnixSite(self, path, backlog=_BACKLOG).start()
            path.chmod(0o666)

    async def _make_server(self) -> web.Server:
        server = await super()._make_server()
        return _Server(self.app.get(EXPLAIN), server)
