"""The trace of a call: gone on with or begun, and told in the answer so that it can be quoted.

https://www.w3.org/TR/trace-context-2/: of two `traceparent` none counts. `traceresponse` is the
draft's header of the answer. A client's flags and `tracestate` are not believed: whether something
is sampled is not for who calls to say.
"""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler

from chatstream.domain.tracing import TRACEPARENT
from infra.spans import receiving

TRACERESPONSE = "traceresponse"
_TRACE = web.RequestKey("trace", bytes)


@web.middleware
async def trace_call(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Handle the call within its trace."""
    named = request.headers.getall(TRACEPARENT, [])
    with receiving(named[0] if len(named) == 1 else None, f"HTTP {request.method}") as known:
        request[_TRACE] = known
        return await handler(request)


async def tell_trace(request: web.BaseRequest, response: web.StreamResponse) -> None:
    """The hook for `on_response_prepare`: every answer to a call says which trace it was."""
    known = request.get(_TRACE)
    if known is not None:
        response.headers[TRACERESPONSE] = known.decode("ascii")
