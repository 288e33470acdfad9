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


_NOT_HTTP = ("Not a valid HTTP request.", "올바른 HTTP 요청이 아닙니다.")
_AWAY = (
    "The service does not answer now. Try again.",
    "지금은 서비스가 응답하지 않습니다. 다시 시도해 주세요.",
)
_CERTIFICATE = (
    "The client certificate was not accepted.",
    "클라이언트 인증서를 확인할 수 없습니다.",
)


def _invalid(status: int, english: str, korean: str, *, shown: int = 0) -> OwnError:
    return OwnError(status, shown or status, ErrorCode.INVALID_INPUT, english, korean)


def _too_large(status: int, english: str, korean: str, *, shown: int = 0) -> OwnError:
    return OwnError(status, shown or status, ErrorCode.TOO_LARGE, english, korean)


def _busy(status: int) -> OwnError:
    return OwnError(status, 503, ErrorCode.BUSY, *_AWAY, retry_after=1)


OWN_ERRORS: Sequence[OwnError] = (
    _invalid(400, *_NOT_HTTP),
    OwnError(404, 404, ErrorCode.NOT_FOUND, "There is nothing here.", "찾을 수 없습니다."),
    OwnError(
        405,
        405,
        ErrorCode.METHOD_NOT_ALLOWED,
        "Method not allowed.",
        "허용되지 않는 메서드입니다.",
        allow=", ".join(METHODS),
    ),
    _invalid(408, "The request came too slowly.", "요청이 제때 도착하지 않았습니다."),
    _invalid(411, "The length of the body is missing.", "본문의 길이가 없습니다."),
    _too_large(413, "The body is too large.", "본문이 너무 큽니다."),
    _too_large(414, "The address is too long.", "주소가 너무 깁니다."),
    _invalid(421, "This host is not served here.", "이 주소는 여기서 제공하지 않습니다."),
    OwnError(
        429,
        429,
        ErrorCode.RATE_LIMITED,
        "Too many requests.",
        "요청이 너무 많습니다.",
        retry_after=1,
    ),
    _too_large(494, "The headers are too large.", "헤더가 너무 큽니다.", shown=431),
    _invalid(495, *_CERTIFICATE, shown=400),
    _invalid(496, *_CERTIFICATE, shown=400),
    _invalid(497, "This port speaks HTTPS.", "이 포트는 HTTPS만 지원합니다.", shown=400),
    # What nginx cannot do by itself is for want of connections, files or memory.
    _busy(500),
    _invalid(
        501,
        "This Transfer-Encoding is not known here.",
        "지원하지 않는 Transfer-Encoding입니다.",
    ),
    _busy(502),
    _busy(503),
    _busy(504),
    _invalid(505, "This version of HTTP is not spoken here.", "지원하지 않는 HTTP 버전입니다."),
)
"""A front that is away, dead or too slow is one thing to a caller: 503 BUSY, to be repeated.

408 is only for completeness: nginx closes a connection that sends too slowly without a word. 421
and 495 to 497 come only where nginx ends TLS.
"""
