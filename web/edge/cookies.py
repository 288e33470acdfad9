"""The two cookies of a page's login; both HttpOnly and SameSite=Strict.

The access token goes with every request. The refresh token goes to `/user/refresh` alone, so a page
whose access token has expired must POST there (same origin) before it asks again. Where the public
address is https both are Secure and the access cookie has the `__Host-` prefix.
"""

from __future__ import annotations

from typing import Literal

from aiohttp import web

from chatstream.settings import AuthSettings

REFRESH_PATH = "/user/refresh"
_STRICT: Literal["Strict"] = "Strict"


class LoginCookies:
    """Sets, clears and reads them. `secure` is whether the public address is https."""

    def __init__(self, settings: AuthSettings, *, secure: bool) -> None:
        self._settings = settings
        self._secure = secure
        self.access_name = "__Host-access" if secure else "access"
        self.refresh_name = "__Secure-refresh" if secure else "refresh"

    def set(self, response: web.StreamResponse, access: str, refresh: str) -> None:
        """Put both tokens on the response."""
        settings = self._settings
        self._put(response, self.access_name, access, "/", settings.access_ttl)
        self._put(response, self.refresh_name, refresh, REFRESH_PATH, settings.refresh_ttl)

    def clear(self, response: web.StreamResponse) -> None:
        """Make the browser forget both."""
        self._put(response, self.access_name, "", "/", 0)
        self._put(response, self.refresh_name, "", REFRESH_PATH, 0)

    def clear_refresh(self, response: web.StreamResponse) -> None:
        """Make the browser forget the refresh token; the access token goes with its own end."""
        self._put(response, self.refresh_name, "", REFRESH_PATH, 0)

    def access(self, request: web.BaseRequest) -> str | None:
        """The access token of the request's cookie."""
        return _ours(request.cookies.get(self.access_name))

    def refresh(self, request: web.BaseRequest) -> str | None:
        """The refresh token of the request's cookie."""
        return _ours(request.cookies.get(self.refresh_name))

    def _put(
        self, response: web.StreamResponse, name: str, value: str, path: str, age: int
    ) -> None:
        response.set_cookie(
            name,
            value,
            path=path,
            max_age=age,
            httponly=True,
            secure=self._secure,
            samesite=_STRICT,
        )


def _ours(token: str | None) -> str | None:
    """None for what is no token of ours: they are ASCII, and bytes that are none are no text."""
    return token if token and token.isascii() else None
