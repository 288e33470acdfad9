"""GET /docs: the HTTP interface as a page, from /openapi.json."""

from __future__ import annotations

from aiohttp import web

from web.edge.middleware import optional_caller
from web.pages import render


def register(web_app: web.Application) -> None:
    """Add the page; `web.pages` and `web.edge.openapi` must be registered as well."""
    web_app.router.add_get("/docs", docs)


async def docs(request: web.Request) -> web.StreamResponse:
    """The page; its calls go out as the reader."""
    return render("docs.html", request, optional_caller(request))
