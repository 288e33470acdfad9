"""What a handle, a shown name and a password may be, and who changes a name."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import StrEnum

from chatstream.domain.decisions import Accept, Decision, Refuse, Unchanged
from chatstream.domain.visible_text import check_visible
from chatstream.errors import ErrorCode, UserError, invalid

HANDLE_LENGTH = (3, 40)
NAME_LENGTH = 40
PASSWORD_LENGTH = (8, 256)

_HANDLE = re.compile(r"[a-z][a-z0-9._-]{2,39}")
# Says whether a password is easily guessed, given words an attacker would try first.
IsCommon = Callable[[str, Sequence[str]], bool]


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


def check_password_length(text: str) -> str:
    """The password exactly as typed; INVALID_INPUT unless it has 8 to 256 characters."""
    least, most = PASSWORD_LENGTH
    if not least <= len(text) <= most:
        raise invalid("password", "must have 8 to 256 characters")
    return text


def check_password_strength(text: str, known: Sequence[str], is_common: IsCommon) -> str:
    """The password; WEAK_PASSWORD when it is common. `known` are the account's own words."""
    if is_common(text, known):
        raise UserError(
            ErrorCode.WEAK_PASSWORD, "the password is easily guessed", details={"field": "password"}
        )
    return text
