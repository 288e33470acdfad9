"""Who may open a connection: Origin, login, address, subprotocol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import hdrs, web

from chatstream.domain.stomp import SUBPROTOCOLS, negotiate_subprotocol
from chatstream.errors import ErrorCode, UserError, invalid


def wants_websocket(request: web.Request) -> bool:
    """True when the request asks for an upgrade to WebSocket."""
    return request.headers.get(hdrs.UPGRADE, "").lower() == "websocket"


@dataclass(frozen=True, slots=True)
class Handshake:
    """How a handshake is judged.

    `listed` is True when Origin is there and allowed, `cookie_token` gives the access token of the
    page's cookie, `address_of` the caller's address. `login_of` gives the id of the login that a
    request of SockJS comes with; it raises NOT_AUTHENTICATED or ACCESS_DENIED.
    """

    listed: Callable[[web.Request], bool]
    cookie_token: Callable[[web.Request], str | None]
    address_of: Callable[[web.Request], str]
    login_of: Callable[[web.Request], str]

    def check(self, request: web.Request) -> None:
        """Raises UserError: no upgrade, a token in the URL, a foreign Origin, no subprotocol."""
        if not wants_websocket(request):
            raise UserError(ErrorCode.NOT_FOUND, "this address speaks WebSocket only")
        if request.query_string:
            raise invalid("query", "must not be given: the token goes into CONNECT")
        self.check_origin(request)
        if hdrs.SEC_WEBSOCKET_PROTOCOL in request.headers and self.subprotocol(request) is None:
            raise invalid(
                "Sec-WebSocket-Protocol", "must be {choices}", choices=tuple(SUBPROTOCOLS)
            )

    def subprotocol(self, request: web.Request) -> str | None:
        """The highest of those that the handshake offers; None when it offers none of ours."""
        return negotiate_subprotocol(request.headers.get(hdrs.SEC_WEBSOCKET_PROTOCOL))

    def check_origin(self, request: web.Request) -> None:
        """Raises ACCESS_DENIED for another site's page."""
        if hdrs.ORIGIN in request.headers and not self.listed(request):
            raise UserError(ErrorCode.ACCESS_DENIED, "this Origin is not allowed")

    def token(self, request: web.Request) -> str | None:
        """The cookie's token, for a handshake that a browser made from an allowed Origin."""
        return self.cookie_token(request) if hdrs.ORIGIN in request.headers else None
