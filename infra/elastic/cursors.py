"""Cursors of search pages: opaque text that belongs to one query."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

import msgspec

from chatstream.errors import UserError, invalid

SortValue = int | float | str

_LENGTH = 2000
_decoder = msgspec.json.Decoder(tuple[str, list[SortValue]])


def encode_cursor(after: Sequence[SortValue], identity: str) -> str:
    """The cursor behind the hit with these sort values, for the query with this identity."""
    raw = msgspec.json.encode((identity, list(after)))
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode_cursor(text: str, identity: str) -> list[SortValue]:
    """The sort values; INVALID_INPUT naming `cursor` when it is none of this query's."""
    if len(text) > _LENGTH:
        raise _bad()
    try:
        raw = base64.b64decode(text.encode("ascii") + b"==", altchars=b"-_", validate=True)
        owner, after = _decoder.decode(raw)
    except (UnicodeEncodeError, binascii.Error, msgspec.MsgspecError, UnicodeDecodeError):
        raise _bad() from None
    if owner != identity:
        raise _bad()
    return after


def _bad() -> UserError:
    return invalid("cursor", "must be the cursor of an earlier page of the same search")
