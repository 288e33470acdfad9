"""What a handle and a shown name may be, and who changes a name."""

from __future__ import annotations

import re
from enum import StrEnum

from chatstream.domain.decisions import Accept, Decision, Refuse, Unchanged
from chatstream.domain.visible_text import check_visible
from chatstream.errors import ErrorCode, invalid

NAME_LENGTH = 40

_HANDLE = re.compile(r"[a-z][a-z0-9._-]{2,39}")


class AccountAct(StrEnum):
    """What a fact says was done to an account; the value is kept, and the type of its record."""

    CREATE = "accountCreated"
    RENAME = "profileChanged"
    ERASE = "accountErased"


def is_handle(text: str) -> bool:
    """True for 3 to 40 lower-case letters, digits, `.`, `_`, `-` that begin with a letter."""
    return _HANDLE.fullmatch(text) is not None


def check_handle(text: str) -> str:
    """The handle, unchanged; INVALID_INPUT naming `userId` when it is none."""
    if not is_handle(text):
        raise invalid(
            "userId",
            "must have 3 to 40 lower-case letters, digits, '.', '_' or '-', a letter first",
        )
    return text


def check_new_handle(text: str) -> str:
    """The handle of a new account, unchanged; INVALID_INPUT naming `userId` when it may be none.

    It ends with a letter or a digit, so that a sign behind it in a text is the sentence's: see
    `chatstream.domain.mentions`. Accounts from before that rule keep the handle they have.
    """
    if check_handle(text)[-1] in "._-":
        raise invalid("userId", "must end with a letter or a digit: leave out the sign at its end")
    return text


def check_name(text: str) -> str:
    """The shown name, trimmed: 1 to 40 characters (code points) of any script.

    INVALID_INPUT naming `name` when it is none, or breaks the rule of `visible_text`.
    """
    name = text.strip()
    if not 1 <= len(name) <= NAME_LENGTH:
        raise invalid("name", "must have 1 to 40 characters")
    check_visible("name", name, lines=False)
    return name


def decide_name(name: str | None, wished: str) -> Decision[str]:
    """Another shown name for the account that is called `name`; None: it is not there."""
    if name is None:
        return Refuse(ErrorCode.NOT_AUTHENTICATED, "the account is gone")
    return Unchanged() if name == wished else Accept((wished,))
