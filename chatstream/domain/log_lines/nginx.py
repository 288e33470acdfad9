"""Lines of nginx: its access log, which is ours to form (infra/nginx), and its own errors."""

from __future__ import annotations

import math
import re
from typing import Any

from chatstream.domain.log_lines.fields import Fields, instant, json_object, level_of, nested, text

_TRACE = re.compile(r"[0-9a-f]{32}")
_SPAN = re.compile(r"[0-9a-f]{16}")
_ERROR = re.compile(
    r"(\d{4})/(\d\d)/(\d\d) (\d\d:\d\d:\d\d) \[(\w+)\] (\d{1,10})#\d+: (?:\*\d+ )?(.*)", re.DOTALL
)
_NANOSECONDS = 1_000_000_000
_SERVER_ERROR = 500


def read_access(line: str) -> Fields | None:
    """A request: method, route, status, bytes, how long it took; None when it is none.

    What stays open (a WebSocket, a stream of events) has no `event.duration`: how long somebody
    stayed says nothing of how slow the answer was.
    """
    found = json_object(line)
    if found is None:
        return None
    at, method, route = instant(found.get("time")), text(found.get("method")), found.get("route")
    status, seconds = _count(found.get("status")), _seconds(found.get("seconds"))
    if at is None or method is None or text(route) is None or status is None or seconds is None:
        return None
    stays = found.get("stays") is True
    took = f"open for {seconds:.1f} s" if stays else f"in {seconds * 1000:.0f} ms"
    return nested(
        {
            "@timestamp": at,
            "message": f"{method} {route} {status} {took}",
            "log.level": "info" if status < _SERVER_ERROR else "error",
            "event.duration": None if stays else round(seconds * _NANOSECONDS),
            "event.outcome": "success" if status < _SERVER_ERROR else "failure",
            "http.request.method": method,
            "http.request.id": _hex(_TRACE, found.get("id")),
            "http.response.status_code": status,
            "http.response.body.bytes": _count(found.get("bytes")),
            "url.path": route,
            "trace.id": _hex(_TRACE, found.get("trace")),
            "span.id": _hex(_SPAN, found.get("span")),
        }
    )


def read_error(line: str) -> Fields | None:
    """What nginx could not do, in the clock's UTC; None when it is of another form.

    `alert` and `emerg` are `critical`.
    """
    found = _ERROR.fullmatch(line)
    if found is None:
        return None
    year, month, day, clock, level, pid, message = found.groups()
    at = instant(f"{year}-{month}-{day}T{clock}Z")
    named = level_of(level)
    if at is None or named is None:
        return None
    fields = {"@timestamp": at, "message": message, "log.level": named, "process.pid": int(pid)}
    return nested(fields)


def _count(value: object) -> int | None:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53
    return value if is_count else None  # type: ignore[return-value]  # is_count says what it is


def _seconds(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) and 0 <= value < 1e9 else None


def _hex(form: re.Pattern[str], value: object) -> str | None:
    return value if isinstance(value, str) and form.fullmatch(value) else None
