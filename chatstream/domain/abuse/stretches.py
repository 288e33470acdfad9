"""Stretched Korean letters cut short, so that no search is as long as the stretch from each of it.

A listed word may be stretched without end (`씨이이…발`). Whoever looks for words from every letter
of such a stretch reads the rest of it each time. What is left here, the first and the last of it,
is found and placed as the whole: no rule looks farther than `KEPT` letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from chatstream.domain.abuse.normalising import Normal
from chatstream.domain.hangul import ALONE

KEPT = 16
_SHORT = 256  # a text that is read whole from each of its letters in no time

# One for a vowel in a syllable and one that was written alone, for both stretch the same.
_ALIKE = {ord(part): alone for part, alone in ALONE.items() if part < "\u1176"}
_STRETCH = re.compile(rf"ㅇ?([ㅏ-ㅣ])(?:ㅇ?\1){{{2 * KEPT},}}+|([ㄱ-ㅎ])\2{{{2 * KEPT},}}+")
_LETTER = re.compile("ㅇ?[ㅏ-ㅣ]|.")


def shortened(normal: Normal) -> Normal:
    """The text without the middle of long stretches; what is left still knows where it is from."""
    if len(normal.text) <= _SHORT or normal.text.isascii():
        return normal
    found = _STRETCH.finditer(normal.text.translate(_ALIKE))
    middles = [_middle(match) for match in found]
    if not middles:
        return normal
    kept = bytearray(b"\1" * len(normal.text))
    for start, end in middles:
        kept[start:end] = bytes(end - start)
    parts, start = [], 0
    for part in normal.parts:
        end = start + len(part)
        parts.append(part[: kept.count(1, start, end)])
        start = end
    return Normal(_without(normal.text, middles), _without(normal.written, middles), tuple(parts))


def _middle(match: re.Match[str]) -> tuple[int, int]:
    letters = [letter.start() for letter in _LETTER.finditer(match.string, *match.span())]
    return letters[KEPT], letters[-KEPT]


def _without(text: str, middles: Iterable[tuple[int, int]]) -> str:
    pieces, done = [], 0
    for start, end in middles:
        pieces.append(text[done:start])
        done = end
    return "".join([*pieces, text[done:]])
