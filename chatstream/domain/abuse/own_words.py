"""Whether a listed Korean word that was found is a word of its own, or made of parts of others.

Korean is written without a space inside a word and often between words, so the letters of a listed
word come about where two ordinary ones meet: 다**시 발**급 as `다시발급`. The rule, in this order:

1. What stands at the start of its word and has nothing behind it but particles, endings, laughs or
   another insult is its own word: `시발`, `병신아`, `시발놈이`. No reading can excuse it; allowed
   words and phrases can (`chatstream.domain.abuse.words`).
2. What an insult may be glued to stands before it (아, 야, 진짜 …), and such an ending behind it:
   its own word too, but where the dictionary has one longer word that ends so: `이시바` is a name.
3. Anything else is its own word only if no word of the dictionary begins outside it and ends in it,
   or begins in it and ends outside, in the likeliest reading of the sentence: `개시 발권`,
   `급식 충분`, `수박 씨 발라`. A word that begins before it and holds it whole, as 전염병 holds
   염병, excuses it as well, unless the list gives it as one that stands anywhere (`*지랄*`:
   개지랄). One that begins with it does not, for so it is listed: 씹새끼.

What was split to hide it (`시.발`, `시 발`, `시1발`) has no reading: for it the places of
`chatstream.domain.abuse.placing` count alone. Without a reader so they do for all.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Sequence

from chatstream.domain.abuse.normalising import FINAL, HANGUL, INITIAL, MEDIAL, Normal
from chatstream.domain.abuse.placing import begins_word, ends_word
from chatstream.domain.abuse.stems import Stem, StemPlace

Span = tuple[int, int]
# The words of a text that a dictionary knows, in the likeliest reading of the text: where each
# begins and ends, in order and without overlap. The text is folded, its syllables are whole. What
# is in no such word (signs, unknown letters) is left out. Takes at most as the text is long.
Reader = Callable[[str], Sequence[Span]]

_LETTER = re.compile(f"[{INITIAL}][{MEDIAL}][{FINAL}]?|.", re.DOTALL)
_UNSPLIT = re.compile(f"[{HANGUL}a-z0-9]+")
_KOREAN = re.compile(f"[{HANGUL}]")


class Evidence:
    """What the dictionary says of a text's letters. The text is read when it is asked for first."""

    def __init__(self, normal: Normal, reader: Reader | None) -> None:
        self._normal = normal
        self._reader = reader
        self._words: tuple[list[int], list[int]] | None = None

    def is_own_word(self, stem: Stem, span: Span, *, after: bool) -> bool:
        """Whether the stem, which stands where it may, is a word of its own (rules above).

        `after`: another listed word ends where this one begins.
        """
        text = self._normal.text
        start, end = span
        if self._reader is None or stem.spaced or not _UNSPLIT.fullmatch(text, start, end):
            return True
        clear_end = ends_word(text, end)
        if clear_end and (after or not start or not _KOREAN.match(text, start - 1)):
            return True
        if clear_end and begins_word(text, start):
            return not self._is_end_of_a_word(stem, span)
        return not (self._is_crossed(span) or self._is_end_of_a_word(stem, span))

    def _is_crossed(self, span: Span) -> bool:
        """Whether a word has one end in the span and the other outside."""
        start, end = span
        return any(
            (first < start < last < end) or (start < first < end < last)
            for first, last in self._near(span)
        )

    def _is_end_of_a_word(self, stem: Stem, span: Span) -> bool:
        """Whether the span is the end or the middle of a word, and not listed to stand there."""
        start, end = span
        return stem.place is not StemPlace.ANYWHERE and any(
            first < start and end <= last for first, last in self._near(span)
        )

    def _near(self, span: Span) -> list[Span]:
        """The words that share a letter with the span."""
        if self._words is None:
            self._words = self._read()
        starts, ends = self._words
        low, high = bisect_left(ends, span[0] + 1), bisect_left(starts, span[1])
        return list(zip(starts[low:high], ends[low:high], strict=True))

    def _read(self) -> tuple[list[int], list[int]]:
        """Where the words begin and where they end, in the normalised text."""
        letters = _LETTER.findall(self._normal.written)
        whole = "".join(map(_whole, letters))
        at = [0]
        for letter in letters:
            at.append(at[-1] + len(letter))
        words = self._reader(whole) if self._reader is not None else ()
        return [at[first] for first, _ in words], [at[last] for _, last in words]


def _whole(letter: str) -> str:
    """A syllable of conjoining jamo as the one character that it is."""
    if len(letter) == 1:
        return letter
    return unicodedata.normalize("NFC", letter)
