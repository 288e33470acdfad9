"""What may belong to a Latin word, and which scripts are written without spaces between words.

In Korean, Chinese and Japanese texts a particle, or the next word, stands right behind a name or an
address, so a letter of those scripts never belongs to what is written in ASCII before it. A letter,
digit or mark of any other script does: `@minsú` is not `@mins`. Mirrored in
`web/static/js/scripts.js`.
"""

from __future__ import annotations

import re
import unicodedata

from chatstream.domain.unseen import BETWEEN_LETTERS

HANGUL = "\u1100-\u11ff\uac00-\ud7a3"
"""Hangul as syllables, composed (NFC) or decomposed (NFD); as a class of a regular expression."""

CJK = (
    "\u1100-\u11ff\u3005-\u3007\u3040-\u318f\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc\U00020000-\U0003ffff"
)
"""Hangul, kana, bopomofo and Han; as a class of a regular expression."""

_CJK = re.compile(f"[{CJK}]")
# A keycap encloses its digit: it is an emoji, though Unicode calls it a mark.
_KEYCAP = "\u20e3"
_UNSEEN = re.compile(f"[{BETWEEN_LETTERS}]")


def is_of_latin_word(char: str) -> bool:
    """Whether it is a letter, a digit or a mark, of a script that puts spaces between words."""
    if char.isascii():
        return char.isalnum()
    return unicodedata.category(char)[0] in "LMN" and char != _KEYCAP and not _CJK.match(char)


def seen_before(text: str, at: int) -> str:
    """The last character before a place that shows something; empty at the start of the text."""
    while at > 0:
        at -= 1
        if not _UNSEEN.match(text[at]):
            return text[at]
    return ""
