"""The fronts: what is asked for of no other context, and the one way in of all frames."""

from __future__ import annotations

from schemas.context import Context
from schemas.paths import OperatorPage, Paths
from schemas.services import FRONT

CONTEXT = Context(
    name="fronts",
    service=FRONT,
    paths=(
        Paths(
            FRONT,
            (
                "/",
                "/docs",
                "/favicon.ico",
                "/healthz",
                "/livez",
                "/metrics",
                "/openapi.json",
                "/readyz",
                "/static/{file}",
                "/stomp/chat",
                "/stomp/chat/info",
                "/stomp/chat/websocket",
                "/stomp/chat/{server}/{session}/websocket",
                "/stomp/chat/{server}/{session}/{transport}",
            ),
        ),
    ),
    operator_pages=(OperatorPage("/docs", "docs.title"),),
)
