"""The security headers of every response but that to a handshake."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from chatstream.settings import WebSettings
from web.edge.addresses import Origins
from web.edge.bodies import JSON


class SecurityHeaders:
    """Adds what a response does not set itself: a strict CSP without inline script or style.

    Where the public address is https, nothing of a page may be fetched otherwise.
    """

    def __init__(self, settings: WebSettings) -> None:
        origins = Origins(settings)
        self._headers = {
            "Content-Security-Policy": "; ".join(
                (
                    "default-src 'none'",
                    "script-src 'self'",
                    "style-src 'self'",
                    "img-src 'self' data:",
                    "font-src 'self'",
                    f"connect-src 'self' {origins.websocket}",
                    "manifest-src 'self'",
                    "form-action 'self'",
                    "base-uri 'none'",
                    "frame-ancestors 'none'",
                    *(["upgrade-insecure-requests"] if origins.secure else []),
                )
            ),
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        }
        if origins.secure:
            self._headers["Strict-Transport-Security"] = f"max-age={settings.hsts_seconds}"

    async def add(self, request: web.BaseRequest, response: web.StreamResponse) -> None:
        """The hook for `on_response_prepare`.

        A WebSocket is no document, so they say nothing of it; and a gateway keeps what answered its
        handshake for as long as it is open.
        """
        if response.status != HTTPStatus.SWITCHING_PROTOCOLS:
            self.put_on(response)

    def put_on(self, response: web.StreamResponse) -> None:
        """What the hook does, for a response that no application prepares."""
        for name, value in self._headers.items():
            response.headers.setdefault(name, value)
        if response.content_type == JSON:
            response.headers.setdefault("Cache-Control", "no-store")
