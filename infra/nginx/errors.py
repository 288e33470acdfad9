"""What nginx answers by itself: a status, and the contract's envelope or a page about it.

What the fronts answer passes through as it is; only nginx' own errors are made here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chatstream.errors import ErrorCode

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""Methods that pass to the fronts; any other is answered 405 here."""


@dataclass(frozen=True, slots=True)
class OwnError:
    """An answer of nginx itself: the status it meets, the one it shows, and the envelope."""

    status: int
    shown: int
    code: ErrorCode
    english: str
    korean: str
    retry_after: int = 0
    allow: str = ""
    is_plain_http: bool = False
    """Of a plain request to a port that speaks TLS: a person's page is led to https."""


_NOT_HTTP = ("This is not a valid HTTP request.", "올바른 HTTP 요청이 아니에요.")
_AWAY = (
    "The service is not answering right now. Try again in a moment.",
    "지금은 서비스가 응답하지 않아요. 잠시 뒤에 다시 시도해 주세요.",
)
_CERTIFICATE = (
    "The client certificate was not accepted.",
    "클라이언트 인증서를 확인할 수 없어요.",
)


def _invalid(status: int, english: str, korean: str, *, shown: int = 0) -> OwnError:
    return OwnError(status, shown or status, ErrorCode.INVALID_INPUT, english, korean)


def _too_large(status: int, english: str, korean: str, *, shown: int = 0) -> OwnError:
    return OwnError(status, shown or status, ErrorCode.TOO_LARGE, english, korean)


def _busy(status: int) -> OwnError:
    return OwnError(status, 503, ErrorCode.BUSY, *_AWAY, retry_after=1)


OWN_ERRORS: Sequence[OwnError] = (
    _invalid(400, *_NOT_HTTP),
    OwnError(404, 404, ErrorCode.NOT_FOUND, "There is nothing here.", "찾을 수 없어요."),
    OwnError(
        405,
        405,
        ErrorCode.METHOD_NOT_ALLOWED,
        "This method is not allowed here.",
        "여기서는 쓸 수 없는 메서드예요.",
        allow=", ".join(METHODS),
    ),
    _invalid(
        408,
        "The request came too slowly. Try again.",
        "요청이 제때 도착하지 않았어요. 다시 시도해 주세요.",
    ),
    _invalid(411, "The length of the body is missing.", "본문의 길이가 없어요."),
    _too_large(413, "The body is too large.", "본문이 너무 커요."),
    _too_large(414, "The address is too long.", "주소가 너무 길어요."),
    _invalid(421, "This host is not served here.", "이 주소는 여기서 제공하지 않아요."),
    OwnError(
        429,
        429,
        ErrorCode.RATE_LIMITED,
        "Too many requests. Wait a moment and try again.",
        "요청이 너무 많아요. 잠시 뒤에 다시 시도해 주세요.",
        retry_after=1,
    ),
    _too_large(494, "The headers are too large.", "헤더가 너무 커요.", shown=431),
    _invalid(495, *_CERTIFICATE, shown=400),
    _invalid(496, *_CERTIFICATE, shown=400),
    OwnError(
        497,
        400,
        ErrorCode.INVALID_INPUT,
        "This port speaks HTTPS only.",
        "이 포트는 HTTPS만 지원해요.",
        is_plain_http=True,
    ),
    # What nginx cannot do by itself is for want of connections, files or memory.
    _busy(500),
    _invalid(
        501,
        "This Transfer-Encoding is not supported.",
        "지원하지 않는 Transfer-Encoding이에요.",
    ),
    _busy(502),
    _busy(503),
    _busy(504),
    _invalid(505, "This version of HTTP is not supported.", "지원하지 않는 HTTP 버전이에요."),
)
"""A front that is away, dead or too slow is one thing to a caller: 503 BUSY, to be repeated.

408 is only for completeness: nginx closes a connection that sends too slowly without a word. 421
and 495 to 497 come only where nginx ends TLS. A program that sends plain HTTP there is told so, and
not led on: what it sent, a password perhaps, was readable on the way.
"""
