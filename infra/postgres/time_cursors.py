"""Cursors of lists that are ordered by (time, id)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from chatstream.errors import invalid
from infra.postgres.cursors import decode_cursor, encode_cursor


def encode_place(at: str, identity: str) -> str:
    """The cursor that goes on after the entry with this time and id."""
    return encode_cursor([at, identity])


def decode_place(cursor: str | None) -> tuple[str | None, str | None]:
    """Time and id of the last entry read, (None, None) at the start; INVALID_INPUT otherwise."""
    if cursor is None:
        return None, None
    at, identity = decode_cursor(cursor, 2)
    try:
        return datetime.fromisoformat(at).isoformat(), str(UUID(identity))
    except ValueError as error:
        raise invalid("cursor", "take the cursor of the former page, unchanged") from error
