"""How the gateway's access log names what was asked: by the routes of the fronts, never as sent.

A path holds what nobody else may read: words that people look up, handles, and a token where a
client put it there by mistake. So the log has the template that a path fits, or `other`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

ROUTES: Sequence[str] = (
    "/",
    "/.well-known/jwks.json",
    "/chat",
    "/chat/open",
    "/chat/saved",
    "/chat/saved/{roomId}/{messageId}",
    "/chat/{roomId}",
    "/chat/{roomId}/messages",
    "/chat/{roomId}/messages/{messageId}",
    "/chat/{roomId}/participants",
    "/chat/{roomId}/participants/{userId}",
    "/chat/{roomId}/read",
    "/docs",
    "/favicon.ico",
    "/friends",
    "/healthz",
    "/login",
    "/metrics",
    "/openapi.json",
    "/ops/sagas",
    "/ops/sagas/{sagaId}",
    "/ops/sanctions",
    "/ops/sanctions/{sanctionId}",
    "/readyz",
    "/rooms",
    "/rooms/{room_id}",
    "/saved",
    "/search",
    "/search/messages",
    "/static/{file}",
    "/stats/live",
    "/stats/series/chatAdd",
    "/stats/series/userAdd",
    "/stats/series/word/{word}",
    "/stats/watched",
    "/stats/watched/{word}",
    "/stats/words",
    "/stats/words/{word}",
    "/stomp/chat",
    "/stomp/chat/info",
    "/stomp/chat/websocket",
    "/stomp/chat/{server}/{session}/websocket",
    "/stomp/chat/{server}/{session}/{transport}",
    "/user",
    "/user/blocks",
    "/user/blocks/{userId}",
    "/user/friends",
    "/user/friends/{userId}",
    "/user/login",
    "/user/logout",
    "/user/me",
    "/user/refresh",
    "/user/search",
    "/words",
)
"""Every route of the fronts. A new one is logged as `other` until it stands here."""

OTHER = "other"
FILE = "{file}"
"""The rest of the path, with its slashes."""


def patterns(routes: Sequence[str] = ROUTES) -> list[tuple[str, str]]:
    """(regular expression over a request's target, template) for each route, in nginx' order.

    The first that fits counts: the fewer parameters, the earlier.
    """
    return [(_pattern(route), route) for route in sorted(routes, key=lambda each: each.count("{"))]


def _pattern(route: str) -> str:
    parts = [_part(part) for part in re.split(r"(\{\w+\})", route) if part]
    return f"^{''.join(parts).rstrip('/')}/?(?:\\?|$)"


def _part(part: str) -> str:
    if part == FILE:
        return r"[^?]+"
    return r"[^/?]+" if part.startswith("{") else re.escape(part)
