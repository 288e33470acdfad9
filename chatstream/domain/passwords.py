"""What a password may be, when it is the same one, and how it is read by whoever guesses.

A password is its characters in NFC, and nothing else is folded: width, case and spaces count. For
the guess alone it is read in other ways as well: in the plain width, and as the keys that it was
typed with on a Korean keyboard of two sets (KS X 5002), so that 사랑해 and tkfkdgo are one word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from chatstream.domain.keyboards import typed_keys
from chatstream.domain.korean_passwords import ROMANISED, WORDS
from chatstream.errors import ErrorCode, UserError, invalid

PASSWORD_LENGTH = (8, 256)

# Says whether a password is easily guessed, given words an attacker would try first.
IsCommon = Callable[[str, Sequence[str]], bool]

_LETTERS, _NO_LETTERS = re.compile("[a-z]+"), re.compile("[^a-z]+")
_DRESSING = 6


def normalised(text: str) -> str:
    """The password as it is counted, hashed and verified."""
    return unicodedata.normalize("NFC", text)


def spellings(text: str) -> tuple[str, ...]:
    """The password as it may have been hashed, each once: in NFC; before that was the rule, as
    typed, here or (decomposed) on another system."""
    return tuple(dict.fromkeys((normalised(text), text, unicodedata.normalize("NFD", text))))


def readings(text: str) -> tuple[str, ...]:
    """What whoever guesses a password would come upon, each once; the password itself first."""
    plain = unicodedata.normalize("NFKC", text)
    return tuple(dict.fromkeys((text, plain, typed_keys(text))))


KOREAN_WORDS: tuple[str, ...] = tuple(
    dict.fromkeys([*(typed_keys(word).lower() for word in WORDS), *ROMANISED])
)
"""Common Korean words by their keys and in Latin letters, lower case, the likeliest first."""

_LISTED = frozenset(KOREAN_WORDS)


def is_korean_word(text: str) -> bool:
    """Whether a password is one common Korean word or two, with at most six digits and signs
    around or between.

    However it is typed: in Hangul or by its keys, in any case and width.
    """
    keys = typed_keys(text).lower()
    core, dressing = _NO_LETTERS.sub("", keys), _LETTERS.sub("", keys)
    if len(dressing) > _DRESSING or any(map(str.isalpha, dressing)):
        return False
    return core in _LISTED or any(
        core[:end] in _LISTED and core[end:] in _LISTED for end in range(2, len(core) - 1)
    )


def check_password_length(text: str) -> str:
    """The password in NFC; INVALID_INPUT unless that has 8 to 256 characters (code points)."""
    password = normalised(text)
    least, most = PASSWORD_LENGTH
    if not least <= len(password) <= most:
        raise invalid("password", "must have 8 to 256 characters")
    return password


def check_password_strength(text: str, known: Sequence[str], is_common: IsCommon) -> str:
    """The password; WEAK_PASSWORD when it is common. `known` are the account's own words."""
    if is_common(text, known):
        raise UserError(
            ErrorCode.WEAK_PASSWORD, "the password is easily guessed", details={"field": "password"}
        )
    return text
