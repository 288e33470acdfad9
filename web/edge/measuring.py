"""What is measured of HTTP calls: how many, how they ended, how long until the answer began.

A route is told by its template, never by what was typed. The time ends where the answer begins, so
a socket and a stream that stay open for hours tell how soon they were opened.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from functools import cache

from aiohttp import hdrs, web
from prometheus_client import Counter, Histogram

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

REQUESTS = Counter(
    "chatstream_http_requests",
    "HTTP calls that were answered, by route template and status",
    ["method", "route", "code"],
)
DURATION = Histogram(
    "chatstream_http_request_duration_seconds",
    "from the arrival of an HTTP call to the beginning of its answer",
    ["method", "route"],
    buckets=(0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
OTHER = "other"
"""A method that HTTP does not define, and a route that the program does not have."""

_BEGAN = web.RequestKey("began", float)


@web.middleware
async def _note_beginning(request: web.Request, handler: Handler) -> web.StreamResponse:
    request[_BEGAN] = time.perf_counter()
    return await handler(request)


async def _measure(request: web.Request, response: web.StreamResponse) -> None:
    count, duration = _of(_method(request.method), route_of(request), response.status)
    count.inc()
    began = request.get(_BEGAN)
    if began is not None:
        duration.observe(time.perf_counter() - began)


@cache  # of few values each; to look them up anew takes longer than to measure
def _of(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(method, route, status), DURATION.labels(method, route)


def unrouted(status: int) -> None:
    """What was no HTTP call, or failed before a route was looked for, got this answer."""
    REQUESTS.labels(OTHER, OTHER, status).inc()


def route_of(request: web.Request) -> str:
    """The template of the call's route; OTHER where it has none (404, 405)."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else OTHER


def _method(name: str) -> str:
    return name if name in hdrs.METH_ALL else OTHER


def register(web_app: web.Application) -> None:
    """Measure every call of this application; before any other middleware is put on it."""
    web_app.middlewares.append(_note_beginning)
    web_app.on_response_prepare.append(_measure)
