"""What a message may be."""

from __future__ import annotations

import re
from uuid import UUID

from chatstream.errors import invalid

MESSAGE_LENGTH = 4000
_CANONICAL = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


def check_message(text: object) -> str:
    """The text as it will be stored; INVALID_INPUT when empty, too long or not storable.

    The length is in Unicode code points. NUL and lone surrogates cannot be stored as UTF-8 text.
    """
    if not isinstance(text, str):
        raise invalid("message", "must be a text")
    if not text.strip():
        raise invalid("message", "must not be empty")
    if len(text) > MESSAGE_LENGTH:
        raise invalid("message", f"must have at most {MESSAGE_LENGTH} characters")
    if "\x00" in text or not _encodable(text):
        raise invalid("message", "must not contain NUL or lone surrogates")
    return text


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_uuid(field: str, text: object) -> str:
    """A UUID in its canonical lower-case form; INVALID_INPUT naming the field otherwise."""
    if isinstance(text, str):
        if _CANONICAL.fullmatch(text):
            return text
        try:
            return str(UUID(text))
        except ValueError:
            pass
    raise invalid(field, "must be a UUID")
