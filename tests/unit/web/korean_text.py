"""Whether a text is Korean or English, for tests of what people are told."""

from __future__ import annotations

import re

# Names of standards, formats and headers, which Korean keeps.
KEPT = frozenset(
    [
        "API",
        "ChatStream",
        "CONNECT",
        "Content-Encoding",
        "CSV",
        "deflate",
        "Enter",
        "Esc",
        "gzip",
        "HTTP",
        "HTTPS",
        "ID",
        "JavaScript",
        "JSON",
        "NUL",
        "Page",
        "Down",
        "PageDown",
        "PageUp",
        "RFC",
        "Shift",
        "STOMP",
        "Transfer-Encoding",
        "Up",
        "URL",
        "UTF",
        "UUID",
        "WebSocket",
        "application/json",
        "STOMP",
        "T",
        "Z",
        "Authorization",
        "Bearer",
    ]
)
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_GIVEN = re.compile(r"‘[^’]*’|`[^`]*`|“[^”]*”|\{\w+\}")
_WORD = re.compile(r"[A-Za-z][A-Za-z/-]*[A-Za-z]|[A-Za-z]")


def english_in(korean: str) -> set[str]:
    """The English words of a Korean text, without names of standards and what is quoted."""
    return set(_WORD.findall(_GIVEN.sub("", korean))) - KEPT


def is_korean(text: str) -> bool:
    """True for a text with Hangul and without English words."""
    return bool(_HANGUL.search(_GIVEN.sub("", text))) and not english_in(text)


def is_english(text: str) -> bool:
    """True for a text with Latin words and without Hangul, quotes left aside."""
    bare = _GIVEN.sub("", text)
    return bool(_WORD.search(bare)) and not _HANGUL.search(bare)
