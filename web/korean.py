"""Korean particles, which depend on the sound that the word before them ends with."""

from __future__ import annotations

import unicodedata

from chatstream.domain.hangul import is_syllable, parts_of

_RIEUL = 8
# How digits and Latin letters that stand for themselves are read aloud: the final consonant of
# 영 일 이 삼 사 오 육 칠 팔 구, and of 엘 엠 엔 알; the other letters end in a vowel.
_READ = dict(zip("0123456789", (21, 8, 0, 16, 0, 0, 1, 8, 8, 0), strict=True))
_READ |= {"l": _RIEUL, "m": 16, "n": 4, "r": _RIEUL}


def with_particle(word: str, particle: str) -> str:
    """The word and the form of the particle it takes, as in ("방 이름", "은/는") → "방 이름은".

    `particle` has the form after a consonant first: 은/는, 이/가, 을/를, 과/와, 으로/로. Quotes and
    brackets at the end are passed over. After a word whose sound is unknown both forms are given
    as Korean writing does: 은(는).
    """
    closed, open_ = particle.split("/")
    final = _final_of(word)
    if final is None:
        return f"{word}{closed}({open_})"
    is_open = final == 0 or (closed == "으로" and final == _RIEUL)
    return word + (open_ if is_open else closed)


def _final_of(word: str) -> int | None:
    """The final consonant of the last sound, 0 for none; None when it cannot be told."""
    for char in reversed(unicodedata.normalize("NFKC", word).lower()):
        if is_syllable(char):
            return parts_of(char)[2]
        if char in _READ:
            return _READ[char]
        if "a" <= char <= "z":
            return 0
        if char.isalnum():
            return None
    return None
