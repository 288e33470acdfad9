"""One way of writing a text, so that what looks alike is found alike.

Documents and queries go through the same `fold`; what people typed is kept beside it and shown.
Folded are: compatibility forms (NFKC: full width, half width, ligatures, decomposed Hangul), letter
case, accents (marks of the blocks for combining diacritical marks; those of other scripts are
letters), digits of any script, emoji's skin tones and variation selectors, characters that show
nothing, typographic quotes and dashes, grouping commas (`3,000`) and runs of white space.
Hangul letters that form no syllable (ㅋㅋ, ㅠ) are letters of their own, whatever code they have.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from chatstream.domain.hangul import ALONE
from chatstream.domain.unseen import FOLDED, LETTERS_OF_NOTHING

Span = tuple[int, int]

_ZWJ = "\u200d"
# Typed without any change but the case, and never the end of a cluster by themselves.
_PLAIN = re.compile(r"[\x21-\x7e가-힣ㄱ-ㅣ ]+")
_SPACES = re.compile(r"\s+")
_NUMBER = re.compile(r"[0-9][0-9,]*[0-9]")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+")
_ACCENTS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
# With the grapheme joiner, which is a mark.
_BLANKS = LETTERS_OF_NOTHING | {"\u034f"}
_SELECTOR = re.compile(f"[{FOLDED}]")
_TONES = frozenset(map(chr, range(0x1F3FB, 0x1F400)))

_SIGNS = str.maketrans(
    {
        **ALONE,
        **dict.fromkeys("‘’‛ʼʻ′´`＇", "'"),
        **dict.fromkeys("“”„‟″", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("〜∼", "~"),
        **dict.fromkeys("⁄∕", "/"),
        # Latin letters whose stroke is no mark of its own to Unicode.
        **dict(zip("øłđħŧıð", "oldhtid", strict=True)),
        "æ": "ae",
        "œ": "oe",
    }
)


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text, and for each of its characters the part of the typed text it stands for."""

    text: str
    spans: Sequence[Span]

    def typed(self, found: Iterable[Span]) -> list[Span]:
        """The parts of the typed text behind parts of this one, in order, joined where they meet.

        Whole characters as people see them: a match on a letter holds its accent as well.
        """
        parts = sorted((self.spans[a][0], self.spans[b - 1][1]) for a, b in found if a < b)
        joined: list[Span] = []
        for begin, end in parts:
            if joined and begin <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
            else:
                joined.append((begin, end))
        return joined


def fold(text: str) -> str:
    """The folded text; folding it again changes nothing."""
    folded = text.lower() if _PLAIN.fullmatch(text) else "".join(_pieces(text))
    return _NUMBER.sub(_ungrouped, _SPACES.sub(" ", folded))


def fold_with_spans(text: str) -> Folded:
    """What `fold` gives, and where each of its characters comes from; linear in the text."""
    characters: list[str] = []
    spans: list[Span] = []
    for begin, end in _clusters(text):
        cluster = text[begin:end]
        if _PLAIN.fullmatch(cluster):
            characters += cluster.lower()
            spans += [(at, at + 1) for at in range(begin, end)]
            continue
        folded = _fold_cluster(cluster)
        characters += folded
        spans += [(begin, end)] * len(folded)
    return _without(_dropped("".join(characters)), characters, spans)


def _pieces(text: str) -> Iterator[str]:
    for begin, end in _clusters(text):
        cluster = text[begin:end]
        yield cluster.lower() if _PLAIN.fullmatch(cluster) else _fold_cluster(cluster)


def _ungrouped(number: re.Match[str]) -> str:
    return number[0].replace(",", "") if _GROUPED.fullmatch(number[0]) else number[0]


def _dropped(text: str) -> set[int]:
    """Where in a text are white space that follows other, and commas that only group digits."""
    dropped = {
        at for found in _SPACES.finditer(text) for at in range(found.start() + 1, found.end())
    }
    for found in _NUMBER.finditer(text):
        if _GROUPED.fullmatch(found[0]):
            dropped.update(at for at in range(*found.span()) if text[at] == ",")
    return dropped


def _without(dropped: set[int], characters: list[str], spans: list[Span]) -> Folded:
    kept = [at for at in range(len(characters)) if at not in dropped] if dropped else None
    if kept is not None:
        characters = [characters[at] for at in kept]
        spans = [spans[at] for at in kept]
    return Folded(_SPACES.sub(" ", "".join(characters)), spans)


def _clusters(text: str) -> Iterator[Span]:
    """The text cut where nothing acts across: runs of plain characters, else one with its marks."""
    at, end = 0, len(text)
    while at < end:
        plain = _PLAIN.match(text, at)
        if plain is not None:
            stop = plain.end()
            # The last one may carry a mark of what follows.
            if stop < end and stop - at > 1:
                stop -= 1
            if stop == end or stop - at > 1 or not _continues(text, stop, at):
                yield at, stop
                at = stop
                continue
        stop = at + 1
        while stop < end and _continues(text, stop, at):
            stop += 1
        yield at, stop
        at = stop


def _continues(text: str, at: int, begin: int) -> bool:
    """Whether the character belongs to the cluster that began at `begin`."""
    character = text[at]
    if "\u1160" <= character <= "\u11ff":
        return "\u1100" <= text[begin] <= "\u11ff" or "가" <= text[begin] <= "힣"
    return text[at - 1] == _ZWJ or _is_mark(character)


@lru_cache(maxsize=4096)
def _is_mark(character: str) -> bool:
    return (
        unicodedata.category(character) in {"Mn", "Mc", "Me", "Cf"}
        or unicodedata.combining(character) != 0
        or character in _TONES
        or character in "ﾞﾟ"
        or character in _BLANKS
    )


@lru_cache(maxsize=20_000)
def _fold_cluster(cluster: str) -> str:
    seen = "".join(each for each in cluster if not _is_unseen(each))
    parts = re.split("([ㄱ-ㆎﾡ-ￜ])", seen)
    return "".join(
        _hangul_letter(part) if at % 2 else _fold_part(part) for at, part in enumerate(parts)
    )


def _fold_part(part: str) -> str:
    composed = unicodedata.normalize("NFKC", part).casefold()
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", composed))
    folded = unicodedata.normalize("NFKC", bare).translate(_SIGNS)
    return "".join(_digit(each) for each in folded if not _is_unseen(each))


def _hangul_letter(letter: str) -> str:
    """A letter outside of a syllable: composing it with its neighbours would hide what was typed.

    ㅇㅑ and ㅇㅑㅄ are not turned into syllables, which NFKC does.
    """
    wide = unicodedata.decomposition(letter).removeprefix("<narrow> ")
    return chr(int(wide, 16)) if letter >= "ﾡ" and wide else letter


def _digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)


@lru_cache(maxsize=4096)
def _is_unseen(character: str) -> bool:
    """Whether a character shows nothing by itself, or only changes how another one is shown."""
    return (
        unicodedata.category(character) == "Cf"
        or _SELECTOR.match(character) is not None
        or character in _TONES
        or character in _BLANKS
    )
