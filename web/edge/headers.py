"""The security headers of every response."""

from __future__ import annotations

from aiohttp import web

from web.edge.addresses import Origins
from web.edge.bodies import JSON


class SecurityHeaders:
    """Adds what a response does not set itself: a strict CSP without inline script or style."""

    def __init__(self, origins: Origins) -> None:
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
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def add(self, request: web.BaseRequest, response: web.StreamResponse) -> None:
        """The hook for `on_response_prepare`."""
        self.put_on(response)

    def put_on(self, response: web.StreamResponse) -> None:
        """What the hook does, for a response that no application prepares."""
        for name, value in self._headers.items():
            response.headers.setdefault(name, value)
        if response.content_type == JSON:
            response.headers.setdefault("Cache-Control", "no-store")
