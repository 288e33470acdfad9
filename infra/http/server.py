"""The HTTP server of a process, where aiohttp's own would answer past the application.

What is no HTTP/1.1, or fails before a handler is found, is answered by `EXPLAIN` of the
application, where it has one (aiohttp quotes the line, in its answer and in the log). Bodies come
as they were sent: whoever reads one takes its Content-Encoding off. Frames of WebSockets must be
masked.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import BadHttpMethod
from aiohttp.web_protocol import RequestHandler

from infra.http.masking import MaskedOnly

log = logging.getLogger(__name__)

# Gives the answer of that status; of the request it may use the headers, which may be none.
Explain = Callable[[web.BaseRequest, int], web.Response]
# aiohttp shows the line that it could not read: a word before the path, or something else.
_NAMES_A_METHOD = re.compile(r"b'[A-Za-z]+ ")
EXPLAIN: web.AppKey[Explain] = web.AppKey("explain")


class _Connection(RequestHandler):
    """One connection; a peer that speaks no HTTP is told so, and logged without a traceback."""

    __slots__ = ("_explain",)

    def __init__(self, explain: Explain | None, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._explain = explain

    def set_parser(self, parser: Any, data_received_cb: Callable[[], None] | None = None) -> None:
        """aiohttp's hook for the bytes of a WebSocket."""
        reader: Any = MaskedOnly(parser)
        super().set_parser(reader, data_received_cb)

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

    async def _make_server(self) -> web.Server:
        server = await super()._make_server()
        return _Server(self.app.get(EXPLAIN), server)
