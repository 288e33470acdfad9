"""Cursors of lists: where the former page ended, as text that a caller hands back unchanged.

A cursor is the base64url (RFC 4648, section 5, without padding) of a JSON array: the list's name
and the sort key of the page's last entry. A list gives the kinds of its key once, as a
`CursorShape`.
Whatever a shape encodes it decodes to the same key; every other text is refused, also one that
spells the same key in another way. A cursor grants nothing: who holds one may have made it.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from chatstream.errors import UserError, invalid

Value = str | int | float
Kind = Callable[[object], Value]

LONGEST = 2000
NOT_OF_THE_LIST = "must be that of the former page of the same list, unchanged"
_EARLIEST_YEAR, _LATEST_YEAR = 1970, 9998
_MOST = 2**63 - 1
_BASE64 = re.compile(r"[A-Za-z0-9_-]+")


def moment(value: object) -> str:
    """An aware time as ISO 8601 in UTC with microseconds, in a year every store and zone has."""
    at = datetime.fromisoformat(_text(value))
    if at.tzinfo is None:
        raise ValueError("names no time zone")
    at = at.astimezone(UTC)
    if not _EARLIEST_YEAR <= at.year <= _LATEST_YEAR:
        raise ValueError("is out of the calendar's range")
    return at.isoformat(timespec="microseconds")


def identity(value: object) -> str:
    """A UUID in its usual form."""
    return str(UUID(_text(value)))


def text(value: object) -> str:
    """Any text that a store can hold: Unicode without NUL."""
    found = _text(value)
    if "\x00" in found:
        raise ValueError("holds NUL")
    found.encode()  # a lone surrogate raises UnicodeEncodeError, which is a ValueError
    return found


def whole(value: object) -> int:
    """A whole number of 64 bits."""
    if not isinstance(value, int) or isinstance(value, bool) or not -_MOST <= value <= _MOST:
        raise ValueError("is no whole number of 64 bits")
    return value


def real(value: object) -> float:
    """A finite number."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise ValueError("is no number")
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("is not finite")
    return number


class CursorShape:
    """The cursors of one list: `name` tells them from another list's, `kinds` are its sort key."""

    def __init__(self, name: str, *kinds: Kind) -> None:
        self._name = name
        self._kinds = kinds

    def encode(self, *key: Value | datetime) -> str:
        """The cursor behind the entry with this sort key; ValueError when it is none of ours."""
        plain = [each.isoformat() if isinstance(each, datetime) else each for each in key]
        return self._write(self._checked(plain))

    def decode(self, cursor: str) -> tuple[Value, ...]:
        """The sort key; INVALID_INPUT naming `cursor` unless this shape has encoded it."""
        try:
            name, *key = _read(cursor)
            found = self._checked(key)
            is_ours = name == self._name and self._write(found) == cursor
        except (ValueError, OverflowError, RecursionError):
            raise _refusal() from None
        if not is_ours:
            raise _refusal()
        return found

    def place(self, cursor: str | None) -> tuple[Value | None, ...]:
        """Like `decode`; as many None as the key is long when there is no cursor yet."""
        return (None,) * len(self._kinds) if cursor is None else self.decode(cursor)

    def _checked(self, key: list[Value] | list[object]) -> tuple[Value, ...]:
        return tuple(kind(value) for kind, value in zip(self._kinds, key, strict=True))

    def _write(self, key: tuple[Value, ...]) -> str:
        raw = json.dumps([self._name, *key], ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(raw.encode()).rstrip(b"=").decode()


def _read(cursor: str) -> list[object]:
    """The array in a cursor; ValueError (also of json and of codecs) when there is none."""
    if len(cursor) > LONGEST or not _BASE64.fullmatch(cursor):
        raise ValueError("is no base64url")
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except binascii.Error as error:
        raise ValueError(str(error)) from error
    found = json.loads(raw.decode())
    if not isinstance(found, list) or not found:
        raise ValueError("is no array")
    return found


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("is no text")
    return value


def _refusal() -> UserError:
    return invalid("cursor", NOT_OF_THE_LIST)
