"""What every request goes through: access log, error envelope, authentication, security headers.

Handlers raise `UserError`; whatever else they raise is an outage (503) or a fault of ours (500).
A handler that needs to know who calls asks `caller_of(request)`.
"""

from __future__ import annotations

import errno
import logging
import math
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import unquote_to_bytes

from aiohttp import hdrs, web

from chatstream.errors import ErrorCode, TransientFailure, UserError, invalid
from chatstream.ports.logins import Authenticator, Caller
from chatstream.settings import Settings
from infra.http.server import EXPLAIN, Explain
from web.edge.addresses import Origins, address_of
from web.edge.bodies import answer
from web.edge.cookies import LoginCookies
from web.edge.headers import SecurityHeaders
from web.edge.language import SAFE, language_of, wants_page
from web.edge.measuring import unrouted
from web.edge.tracing import tell_trace, trace_call
from web.explaining import envelope

log = logging.getLogger("web.errors")
access = logging.getLogger("web.access")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ErrorPage = Callable[[web.Request, UserError, int], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Edge:
    """What the functions of this module need."""

    settings: Settings
    authenticator: Authenticator
    origins: Origins
    cookies: LoginCookies


EDGE = web.AppKey("edge", Edge)
ERROR_PAGE: web.AppKey[ErrorPage] = web.AppKey("error_page")
_CALLER = web.RequestKey("caller", Caller)
_PREPARED = web.RequestKey("prepared", bool)
COUNTED = web.RequestKey("counted", bool)
"""Set on a request whose refusal is counted only: it has no line in the access log."""

_ALLOWED = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"  # of a path that nobody could read
_TOKEN_NAMES = {"token", "accesstoken", "refreshtoken", "authorization", "jwt", "bearer"}
_PROBES = {"/healthz", "/livez", "/readyz", "/metrics"}
_LATER = {429, 503}  # answers that a repeat may mend, and so say when
# From the start of each run of its characters and no other, so that none is read again and again.
_JWT = re.compile(r"(?<![\w-])(?>[\w-]*?eyJ)[\w-]++\.eyJ[\w-]++\.")
_CODES: Mapping[int, ErrorCode] = {
    401: ErrorCode.NOT_AUTHENTICATED,
    403: ErrorCode.ACCESS_DENIED,
    404: ErrorCode.NOT_FOUND,
    405: ErrorCode.METHOD_NOT_ALLOWED,
    413: ErrorCode.TOO_LARGE,
    415: ErrorCode.UNSUPPORTED_MEDIA_TYPE,
    429: ErrorCode.RATE_LIMITED,
}


# -- who calls -------------------------------------------------------------------------------


def caller_of(request: web.Request) -> Caller:
    """The caller by Bearer token or cookie; NOT_AUTHENTICATED without a good one.

    A state-changing call under the cookie must come from a page of the same origin, else
    ACCESS_DENIED.
    """
    caller = request.get(_CALLER)
    if caller is None:
        edge = request.app[EDGE]
        token, by_cookie = _token(request, edge.cookies)
        caller = replace(edge.authenticator.authenticate(token), by_cookie=by_cookie)
        request[_CALLER] = caller
    if caller.by_cookie and request.method not in SAFE:
        require_same_origin(request)
    return caller


def former_caller_of(request: web.Request) -> Caller:
    """As `caller_of`, also when the login has ended and only its token is still good."""
    edge = request.app[EDGE]
    token, by_cookie = _token(request, edge.cookies)
    return replace(edge.authenticator.recognise(token), by_cookie=by_cookie)


def optional_caller(request: web.Request) -> Caller | None:
    """The caller, or None when nobody is logged in."""
    try:
        return caller_of(request)
    except UserError as error:
        if error.code is ErrorCode.NOT_AUTHENTICATED:
            return None
        raise


def _token(request: web.Request, cookies: LoginCookies) -> tuple[str, bool]:
    header = request.headers.get(hdrs.AUTHORIZATION)
    if header is not None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise UserError(ErrorCode.NOT_AUTHENTICATED, "not a Bearer token")
        return token.strip(), False
    token = cookies.access(request) or ""
    if not token:
        raise UserError(ErrorCode.NOT_AUTHENTICATED, "no token")
    return token, True


def require_same_origin(request: web.Request) -> None:
    """ACCESS_DENIED unless a page of our own origin sent this."""
    if not request.app[EDGE].origins.same(request):
        raise UserError(ErrorCode.ACCESS_DENIED, "Origin is missing or another site's")


def caller_address(request: web.Request) -> str:
    """The IP address of the caller, as the gateway reports it."""
    return address_of(request, request.app[EDGE].settings.web.trusted_proxies)


# -- the error envelope ----------------------------------------------------------------------


@web.middleware
async def explain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error into the envelope of the contract, or into the page for errors."""
    try:
        return await handler(request)
    except (web.HTTPException, Exception) as error:
        if request.get(_PREPARED) or isinstance(error, ConnectionResetError):
            raise
        if isinstance(error, web.HTTPException) and error.status < 400:
            raise
        fault, status = _fault(error)
        response = await _explain(request, fault, status)
        if isinstance(error, web.HTTPMethodNotAllowed):
            response.headers[hdrs.ALLOW] = error.headers[hdrs.ALLOW]
        return response


def _fault(error: Exception) -> tuple[UserError, int]:
    if isinstance(error, UserError):
        return error, error.status
    if isinstance(error, web.HTTPException):
        return UserError(_code(error.status)), error.status
    if isinstance(error, web.RequestPayloadError):
        return invalid("body", "must be a whole HTTP body"), 400
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        return UserError(ErrorCode.NOT_FOUND, "no file has such a name"), 404
    if isinstance(error, TransientFailure):
        log.warning("a store is away: %s", error)
        fault = UserError(ErrorCode.STORE_UNAVAILABLE, retry_after=1)
        return fault, fault.status
    log.error("a request failed", exc_info=error)
    return UserError(ErrorCode.INTERNAL), 500


def _code(status: int) -> ErrorCode:
    return _CODES.get(status, ErrorCode.INVALID_INPUT if status < 500 else ErrorCode.INTERNAL)


async def _explain(request: web.Request, fault: UserError, status: int) -> web.StreamResponse:
    page = request.app.get(ERROR_PAGE)
    if page is not None and wants_page(request):
        response = await page(request, fault, status)
    else:
        response = answer(envelope(fault, language_of(request)), status=status)
    wait = fault.retry_after
    if wait is None and status in _LATER:
        wait = 1.0
    if wait is not None:
        response.headers[hdrs.RETRY_AFTER] = str(math.ceil(wait))
    if status == 401:
        response.headers[hdrs.WWW_AUTHENTICATE] = "Bearer"
    return response


def _explain_no_request(
    request: web.BaseRequest, status: int, headers: SecurityHeaders
) -> web.Response:
    """The envelope for what no handler saw: no HTTP, an unknown method, an answer that broke."""
    unrouted(status)
    fault = UserError(_code(status))
    if fault.code is ErrorCode.INVALID_INPUT:
        fault = invalid("request", "must be an HTTP/1.1 request within its limits")
    response = answer(envelope(fault, language_of(request)), status=status)
    headers.put_on(response)
    if status == 405:
        response.headers[hdrs.ALLOW] = _ALLOWED
    return response


# -- tokens in URLs, access log --------------------------------------------------------------


def holds_token(text: str) -> bool:
    """Whether a JSON Web Token, or the beginning of one, is anywhere in the text."""
    return _JWT.search(text) is not None


@web.middleware
async def refuse_tokens_in_urls(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A token in a URL ends in logs and histories: INVALID_INPUT."""
    for name, value in request.query.items():
        if name.lower().replace("_", "").replace("-", "") in _TOKEN_NAMES or holds_token(value):
            raise invalid(name[:40], "must not be in a URL")
    if holds_token(request.path):
        raise invalid("path", "must not be in a URL")
    return await handler(request)


@web.middleware
async def refuse_bad_urls(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A URL whose escapes are no UTF-8 names nothing: INVALID_INPUT.

    What stands for it otherwise (the escape itself, U+FFFD) is another text than was sent.
    """
    url = request.rel_url
    for field, text in (("path", url.raw_path), ("query", url.raw_query_string)):
        try:
            unquote_to_bytes(text).decode()
        except UnicodeDecodeError:
            raise invalid(field, "must be UTF-8") from None
    return await handler(request)


@web.middleware
async def log_access(request: web.Request, handler: Handler) -> web.StreamResponse:
    """One line a request: route template (never the path or the query), status, time, address.

    Probes, and what is `COUNTED`, have theirs among the lines for debugging.
    """
    began = time.perf_counter()
    status = 500
    try:
        response = await handler(request)
        status = response.status
        return response
    except web.HTTPException as error:
        status = error.status
        raise
    finally:
        resource = request.match_info.route.resource
        route = resource.canonical if resource else "-"
        access.log(
            logging.DEBUG if route in _PROBES or request.get(COUNTED) else logging.INFO,
            "%s %s %d %.1f ms %s",
            request.method,
            route,
            status,
            (time.perf_counter() - began) * 1000,
            caller_address(request),
        )


async def _note_prepared(request: web.Request, response: web.StreamResponse) -> None:
    request[_PREPARED] = True


def register(web_app: web.Application, settings: Settings, authenticator: Authenticator) -> None:
    """Put the middlewares and headers on the application, before any route is served."""
    origins = Origins(settings.web)
    cookies = LoginCookies(settings.auth, secure=origins.secure)
    web_app[EDGE] = Edge(settings, authenticator, origins, cookies)
    web_app.middlewares.extend(
        [trace_call, log_access, explain_errors, refuse_bad_urls, refuse_tokens_in_urls]
    )
    headers = SecurityHeaders(settings.web)
    explain: Explain = partial(_explain_no_request, headers=headers)
    web_app[EXPLAIN] = explain
    web_app.on_response_prepare.append(headers.add)
    web_app.on_response_prepare.append(tell_trace)
    web_app.on_response_prepare.append(_note_prepared)
