"""Which trace something belongs to: W3C Trace Context, as it stands in headers.

https://www.w3.org/TR/trace-context-2/: `traceparent` is 55 characters,
`00-<trace id: 32 hex>-<parent id: 16 hex>-<flags: 2 hex>`. Here these 55 bytes are the trace
context itself: they are handed on as they came, and taken apart only where somebody reads an id.

Every function is total: bytes that are none of ours name no trace and no time, and raise nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

TRACEPARENT = "traceparent"
"""The header that names the trace, in STOMP, HTTP and Kafka alike."""
WISHED = "wished"
"""The Kafka header of a RESPONSE record: when its REQUEST record was taken by the broker."""

ASKED = "asked"
"""The Kafka header of a REQUEST and of its RESPONSE: when a front took the wish."""

HeaderPair = tuple[str, bytes]

_LENGTH = 55
_DASH = ord("-")
_TRACE = slice(3, 35)
_PARENT = slice(36, 52)
_SHAPE = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_MILLISECONDS = re.compile(rb"[0-9]{1,15}")  # to the year 33658


def traceparent(value: bytes | None) -> bytes | None:
    """The trace context that a header's value is, as version 00; None when it is none.

    Of a version that is not known yet the part is taken that all versions have in common.
    """
    if value is None or _SHAPE.match(value) is None:
        return None
    if len(value) == _LENGTH:
        return value if value[:2] == b"00" else b"00" + value[2:]
    if value[:2] == b"00" or value[_LENGTH] != _DASH:
        return None
    return b"00" + value[2:_LENGTH]


def parse(value: bytes | None) -> str | None:
    """The trace id in a `traceparent` header: 32 hexadecimal digits; None when it is none."""
    known = traceparent(value)
    return None if known is None else trace_id(known)


def trace_id(known: bytes) -> str:
    """The trace id of what `traceparent` or `begin` gave."""
    return known[_TRACE].decode("ascii")


def parent_id(known: bytes) -> str:
    """The id of the span that handed the context on: 16 hexadecimal digits."""
    return known[_PARENT].decode("ascii")


def compose(trace: int, parent: int, *, sampled: bool) -> bytes:
    """The trace context of these ids, of 128 and 64 bits; neither may be 0."""
    return b"00-%032x-%016x-%02x" % (trace, parent, sampled)


def with_flag(known: bytes, *, sampled: bool) -> bytes:
    """The same trace with our own word on sampling, whatever its flags said."""
    return known[:53] + (b"01" if sampled else b"00")


def is_sampled(known: bytes) -> bool:
    """Whether its last flag is set: whoever handed it on exports the trace."""
    return int(known[-2:], 16) & 1 == 1


def wished(value: bytes | None) -> int | None:
    """The time in a `wished` or `asked` header, in milliseconds since 1970; None: it is none."""
    return int(value) if value is not None and _MILLISECONDS.fullmatch(value) else None


def wished_of(timestamp: float | None) -> bytes | None:
    """What `wished` and `asked` say of a time in seconds since 1970; None: of none."""
    return None if timestamp is None or timestamp < 0 else b"%d" % round(timestamp * 1000)


def header(headers: Mapping[str, bytes] | Iterable[HeaderPair] | None, name: str) -> bytes | None:
    """The first header of that name among those of a record; None when there is none."""
    if not headers:
        return None
    # Of every record several times: an abstract class is asked only where it may be one.
    if not isinstance(headers, (tuple, list)) and isinstance(headers, Mapping):
        return headers.get(name)
    for each, value in headers:
        if each == name:
            return value
    return None
