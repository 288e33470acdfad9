"""Cursors of lists: where the former page ended, as text that a caller hands back unchanged."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

import orjson

from chatstream.errors import invalid


def encode_cursor(parts: Sequence[str]) -> str:
    """The sort key of a page's last row as a cursor."""
    return base64.urlsafe_b64encode(orjson.dumps(list(parts))).decode().rstrip("=")


def decode_cursor(cursor: str, length: int) -> list[str]:
    """The sort key, `length` texts; INVALID_INPUT naming `cursor` when it holds none."""
    try:
        parts = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", True))
    except (ValueError, binascii.Error):
        parts = None
    is_key = isinstance(parts, list) and len(parts) == length
    if not is_key or any(not isinstance(part, str) or "\x00" in part for part in parts):
        raise invalid("cursor", "take the cursor of the former page, unchanged")
    return list(parts)
