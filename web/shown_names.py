"""Names as they are shown: every row and fact goes through here on its way to a reader.

Names that were given before `chatstream.domain.visible_text` was the rule stay as they were stored;
in their place something neutral is shown that needs no language.
"""

from __future__ import annotations

from typing import overload

from chatstream.domain.visible_text import shown_name

_DIGITS = 6


@overload
def person_name(name: str, user_id: str) -> str: ...
@overload
def person_name(name: str | None, user_id: str | None) -> str | None: ...
def person_name(name: str | None, user_id: str | None) -> str | None:
    """A person's name, or the handle; None and an empty one, of who is erased, stay."""
    return None if name is None else shown_name(name, user_id or "")


def room_name(name: str, room_id: str) -> str:
    """A room's own name, or the end of its id; a group may have none."""
    return shown_name(name, f"#{room_id[-_DIGITS:]}")
