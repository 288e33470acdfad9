"""Which words of some texts somebody may have meant who typed another one.

Letters are compared as they are typed: a syllable of Hangul is the keys that make it (됬 and 됐 are
one key apart), so that one slip of the finger is one step. Steps are those of Damerau and
Levenshtein in the form of optimal string alignment: a letter too much, too few, another one, two
neighbours exchanged. One step is allowed in a short word, two in a longer one, none in the
shortest, where everything is near to everything.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from chatstream.domain.hangul import LEADS, TAILS, TYPED_IN_TWO, VOWELS, is_syllable, parts_of

LONGEST = 40
"""Letters of the longest word that is compared: longer ones are no words."""

MOST_WORDS = 1_000
"""Words of the texts that are compared; what stands behind them is not read."""

_SHORTEST = 3
_SHORT = {"latin": 5, "hangul": 6}
_HANGUL = re.compile("[ㄱ-ㅎㅏ-ㅣ가-힣]+")
_LATIN = re.compile("[a-z]+")
_PARTICLE = 3  # syllables that may follow a word that is looked for


def letters_of(word: str) -> str:
    """The word as it is typed, letter by letter; other characters than Hangul are one each."""
    return "".join(map(_typed, word))


def _typed(char: str) -> str:
    if not is_syllable(char):
        return TYPED_IN_TWO.get(char, char)
    lead, vowel, tail = parts_of(char)
    last = TAILS[tail - 1] if tail else ""
    return LEADS[lead] + "".join(TYPED_IN_TWO.get(each, each) for each in (VOWELS[vowel], last))


def steps_allowed(word: str) -> int:
    """How many steps away another word may be; 0: the word is not of one script, or too short."""
    script = _script(word)
    length = len(letters_of(word))
    if script is None or length < _SHORTEST or len(word) > LONGEST:
        return 0
    return 1 if length <= _SHORT[script] else 2


def is_hangul(word: str) -> bool:
    """Whether the word is of Hangul alone."""
    return _HANGUL.fullmatch(word) is not None


def _script(word: str) -> str | None:
    if _LATIN.fullmatch(word):
        return "latin"
    return "hangul" if is_hangul(word) and any(map(is_syllable, word)) else None


def steps_between(one: str, other: str, most: int) -> int | None:
    """The steps from one word's letters to the other's; None when there are more than `most`."""
    if abs(len(one) - len(other)) > most:
        return None
    before: Sequence[int] = ()
    row: Sequence[int] = range(len(other) + 1)
    for at, letter in enumerate(one):
        earlier, before, row = before, row, [at + 1]
        for place, against in enumerate(other):
            steps = min(row[place] + 1, before[place + 1] + 1, before[place] + (letter != against))
            if at and place and letter == other[place - 1] and one[at - 1] == against:
                steps = min(steps, earlier[place - 1] + 1)
            row.append(steps)
        if min(row) > most:
            return None
    return row[-1] if row[-1] <= most else None


def near_words(word: str, texts: Iterable[str]) -> list[str]:
    """Words of these folded texts that may have been meant by a folded one, the likeliest first.

    The nearest come first; among those, whole words before the beginnings of Korean ones (which
    carry particles), then what more of the texts say, then the order of the alphabet. The word
    itself is none of them.
    """
    most = steps_allowed(word)
    if not most:
        return []
    letters = letters_of(word)
    ranks: dict[str, tuple[int, int, int, str]] = {}
    for (near, is_part), times in _said(word, texts).items():
        steps = steps_between(letters, letters_of(near), most)
        if steps:
            rank = (steps, int(is_part), -times, near)
            ranks[near] = min(rank, ranks.get(near, rank))
    return sorted(ranks, key=ranks.__getitem__)


def _said(word: str, texts: Iterable[str]) -> Counter[tuple[str, bool]]:
    """In how many texts are words of the same script, and beginnings of about its length."""
    said: Counter[tuple[str, bool]] = Counter()
    pattern = _HANGUL if is_hangul(word) else _LATIN
    left = MOST_WORDS
    for text in texts:
        own: set[tuple[str, bool]] = set()
        for found in pattern.finditer(text):
            own.update(_spellings(word, found[0]))
            left -= 1
            if not left:
                break
        said.update(own)
        if not left:
            break
    return said


def _spellings(word: str, said: str) -> Iterator[tuple[str, bool]]:
    length = len(word)
    if len(said) <= length + 2:
        yield said, False
    if _LATIN.fullmatch(word) or len(said) > length + 1 + _PARTICLE + 2:
        return
    for end in (length - 1, length, length + 1):
        if 2 <= end < len(said):
            yield said[:end], True
