"""One form for all ways of writing the same letters, with the way back to what was written.

The form: case folded, without accents and invisible characters, look-alikes as the letter they
look like, white space as one kind of space. Korean syllables are taken apart into conjoining jamo
(initial, medial, final); jamo that were written alone stay compatibility jamo. So `시발` and
`ㅅㅣㅂㅏㄹ` can be matched alike, yet the ㅅㅂ in `옷부터` is not taken for one written alone.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from chatstream.domain.abuse.confusables import LOOKS_LIKE, READ_AS
from chatstream.domain.hangul import ALONE
from chatstream.domain.unseen import LETTERS_OF_NOTHING

INITIAL, MEDIAL, FINAL = "\u1100-\u1112", "\u1161-\u1175", "\u11a8-\u11c2"
LONE = "\u3131-\u318e"
HANGUL = INITIAL + MEDIAL + FINAL + LONE

_CONJOINING = re.compile(f"[{INITIAL}{MEDIAL}{FINAL}]")
_SYLLABLE_OR_STRAY = re.compile(f"[{INITIAL}][{MEDIAL}][{FINAL}]?|[{INITIAL}{MEDIAL}{FINAL}]")

_SIGN = re.compile("[0-9@$]|[!|+][a-z0-9@$]")
# At the end of a word `!` is an exclamation, within it a letter.
_RUN = re.compile(r"[a-z0-9@$]+(?:[!|+]+[a-z0-9@$]+)*")
_LETTER = re.compile("[a-z]")

# All marks too: an accent between two letters of a listed word hides it like a sign unseen.
_INVISIBLE = frozenset(("Cf", "Mn", "Me"))
_FOLDS_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Normal:
    """A text in its one form.

    `text` is what is matched; `written` has the same length but keeps digits and signs that `text`
    reads as letters; `parts[i]` is as long as what the original's character `i` contributed to it.
    """

    text: str
    written: str
    parts: tuple[str, ...]

    def origins(self) -> list[int]:
        """For each character of `text` the index in the original it is from; never falling."""
        return [index for index, part in enumerate(self.parts) for _ in part]


def normalise(text: str) -> Normal:
    """The one form of the text; normalising `Normal.text` again changes nothing."""
    parts = tuple(map(_FOLDS.__getitem__, text))
    written = "".join(parts)
    if _CONJOINING.search(text):
        written = _alone(written)
    read = _RUN.sub(_read_letters, written) if _SIGN.search(written) else written
    return Normal(read, written, parts)


def _alone(text: str) -> str:
    """The text with conjoining jamo that are in no syllable as jamo that stand alone."""
    return _SYLLABLE_OR_STRAY.sub(_leave_strays_alone, text)


def _leave_strays_alone(match: re.Match[str]) -> str:
    found = match.group()
    return found if len(found) > 1 else ALONE[found]


def _read_letters(match: re.Match[str]) -> str:
    run = match.group()
    return run.translate(READ_AS) if _LETTER.search(run) else run


def fold(char: str) -> str:
    """What one character contributes, by itself: nothing, itself, or other characters."""
    folded = _fold_once(char)
    # A look-alike may stand for a character that folds further (ʼ to ', an accented Greek letter).
    for _ in range(3):
        again = "".join(map(_fold_once, folded))
        if again == folded:
            break
        folded = again
    return folded


def _fold_once(char: str) -> str:
    if char in LETTERS_OF_NOTHING or unicodedata.category(char) in _INVISIBLE:
        return ""
    if char in ALONE or "\u3131" <= char <= "\u318e":
        return char
    if char.isspace():
        return " "
    if char in LOOKS_LIKE:
        return LOOKS_LIKE[char]
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", char).casefold())
    # Half-width and circled jamo become conjoining ones, which without a syllable stand alone.
    return "".join(
        LOOKS_LIKE.get(each, each)
        for each in _alone(decomposed)
        if each not in LETTERS_OF_NOTHING and unicodedata.category(each) not in _INVISIBLE
    )


class _Folds(dict[str, str]):
    """The folds met so far; bounded, and a flood of rare characters never displaces common ones."""

    def __missing__(self, char: str) -> str:
        folded = fold(char)
        if char < "\u3400" or "가" <= char <= "힣" or len(self) < _FOLDS_KEPT:
            self[char] = folded
        return folded


_FOLDS = _Folds()
