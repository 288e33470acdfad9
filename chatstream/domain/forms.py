"""Letters as what they are, whatever form they are typed in, for the counting of words.

`ＫＴＸ` is KTX, `ﾃﾚﾋﾞ` is テレビ, `ﬁ` is fi, a decomposed syllable is the syllable, and a sign that
shows nothing is no part of a word. Folded by Unicode's compatibility forms (NFKC) are letters,
digits, marks and full-width signs only: an emoji such as ™️ or 🈁 is itself. Hangul letters that
stand alone (ㅋㅋ, also half width) stay letters of their own, which NFKC would compose. Narrower
than `chatstream.domain.folding`, which is for finding: accents and case are left.
"""

from __future__ import annotations

import re
import unicodedata

from chatstream.domain.unseen import BEHIND_LETTERS, IN_WORDS, TYPED_AS_SPACES

_PLAIN = re.compile(r"[\x00-\x7f가-힣ㄱ-ㅣ]*+")
# The one letter that is an emoji: ℹ️.
_EMOJI = "\u2139"
_UNSEEN = re.compile(rf"[{IN_WORDS}]+|(?<=[^\W\d_{_EMOJI}])[{BEHIND_LETTERS}]+")
_BLANK = str.maketrans(dict.fromkeys(TYPED_AS_SPACES, " "))


def plain(text: str) -> str:
    """The text in plain forms, NFC; a plain text is unchanged."""
    if _PLAIN.fullmatch(text):
        return text
    seen = _UNSEEN.sub("", text.translate(_BLANK))
    if unicodedata.is_normalized("NFKC", seen):
        return seen
    return unicodedata.normalize("NFC", seen.translate(_FORMS))


class _Forms(dict[int, str]):
    """What each character is, found when it is met; there are no more than Unicode has."""

    def __missing__(self, code: int) -> str:
        self[code] = form = _form(chr(code))
        return form


def _form(char: str) -> str:
    if "\u3131" <= char <= "\u318e" or char == _EMOJI:
        return char
    if "\uffa1" <= char <= "\uffdc":  # half-width Hangul letters: as the wide one that they name
        return _wide(char)
    if "\uff01" <= char <= "\uffee" or unicodedata.category(char)[0] in "LMN":
        return unicodedata.normalize("NFKC", char)
    return char


def _wide(char: str) -> str:
    code = unicodedata.decomposition(char).removeprefix("<narrow> ")
    return chr(int(code, 16)) if code else char


_FORMS = _Forms()
