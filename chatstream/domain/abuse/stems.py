"""A word of the lists becomes patterns over normalised text, with room for how people hide it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby, product
from math import prod

from chatstream.domain.abuse.normalising import HANGUL, normalise
from chatstream.domain.hangul import ALONE

_CHOICE = re.compile(r"\[([^\]]+)\]|(.)", re.DOTALL)
# What a unit begins with, if that is a character or a class of some.
_HEAD = re.compile(r"\[(?P<many>[^\]\\^]+)\]|(?P<one>\w)")
_ANY_HANGUL = re.compile(f"[{HANGUL}]")
_FINAL_OF = {alone: part for part, alone in ALONE.items() if part >= "\u11a8"}

# What may stand between two letters of a hidden word. Never a letter of the same script.
_KOREAN_GAP = f"[^{HANGUL}]{{0,5}}"
_LATIN_GAP = f"[^a-z0-9*#{HANGUL}]{{0,5}}"
# Within listed phrases, where a space is the list's own matter.
_KOREAN_PHRASE_GAP = f"[^a-z{HANGUL} .,:;?()/]{{0,3}}"
_LATIN_PHRASE_GAP = f"[^a-z0-9{HANGUL} .,:;?()/]{{0,3}}"
# A space of a phrase, or what hides one: kill.yourself, 미친1놈.
_SPACE = f"(?: *+|[^a-z0-9 {HANGUL}]{{1,3}}+)"
_KOREAN_SPACE = f"(?: *+|[^a-z {HANGUL}]{{1,3}}+)"

# Latin letters and signs that stand for a Korean vowel beside jamo written alone: ㅅl발, ㅂr.
_VOWEL_ALIKE = {"ㅣ": "i1|!", "ㅏ": "r"}
# What a vowel made of two goes on as when it is stretched: 쉬이발, 벼엉신.
_GOES_ON_AS = {
    **dict.fromkeys("ㅟㅢ", "ㅣ"),
    **dict.fromkeys("ㅑㅘ", "ㅏ"),
    **dict.fromkeys("ㅕㅝ", "ㅓ"),
    **dict.fromkeys("ㅒㅙ", "ㅐ"),
    **dict.fromkeys("ㅖㅞ", "ㅔ"),
    "ㅛ": "ㅗ",
    "ㅠ": "ㅜ",
}
_PART_OF = {alone: part for part, alone in ALONE.items() if "\u1161" <= part <= "\u1175"}
_LETTER_ALIKE = {"u": "uv", "v": "uv"}
_WILD = "[*#]"
_WILD_FROM = 4  # a shorter word with a wildcard in it says nothing


class StemPlace(StrEnum):
    """Where in a word a stem must stand to be meant."""

    ALONE = "alone"
    WHOLE = "whole"
    START = "start"
    ANYWHERE = "anywhere"


@dataclass(frozen=True, slots=True)
class Stem:
    """One spelling of a listed word; `units` are patterns, one a letter, with gaps between.

    `pattern` is the whole of it, over a normalised text; where it may stand is not in it. `start`
    matches wherever `pattern` does, by the first two units only.
    """

    word: str
    place: StemPlace
    korean: bool
    spaced: bool
    units: tuple[str, ...]
    pattern: str
    start: str


def expand(word: str) -> Iterator[str]:
    """Every spelling of a listed word: each `[…]` replaced by each of its characters."""
    choices = [tuple(many or one) for many, one in _CHOICE.findall(word)]
    return map("".join, product(*choices))


def spellings(word: str) -> int:
    """How many spellings `expand` would give, without making them."""
    return prod(len(many or one) for many, one in _CHOICE.findall(word))


def stems(words: Iterable[str]) -> Iterator[Stem]:
    """The stems of listed words; a word without a letter gives none."""
    for word in words:
        bare = word.strip("*!")
        place = StemPlace.ALONE if word.endswith("!") else StemPlace.WHOLE
        if word.endswith("*"):
            place = StemPlace.ANYWHERE if word.startswith("*") else StemPlace.START
        for spelling in expand(bare):
            text = normalise(spelling).written.replace(" ", "_")
            if any(char.isalnum() for char in text):
                yield _stem(spelling, text, place)


def _stem(word: str, text: str, place: StemPlace) -> Stem:
    korean = bool(_ANY_HANGUL.search(text))
    spaced = "_" in text
    if spaced:
        gap = _KOREAN_PHRASE_GAP if korean else _LATIN_PHRASE_GAP
    else:
        gap = _KOREAN_GAP if korean else _LATIN_GAP
    units = tuple(_units(text, gap, korean=korean))
    space = _KOREAN_SPACE if korean else _SPACE
    joined = gap.join(units).replace(f"{gap}{space}{gap}", space)
    return Stem(word, place, korean, spaced, units, joined, gap.join(units[:2]))


def _units(text: str, gap: str, *, korean: bool) -> Iterator[str]:
    """A pattern a letter, or a run of the same letter. Each takes all it can and gives none back.

    Only so is the time linear: `ssss…` would else be split in every way.
    """
    wild = not korean and len(text) >= _WILD_FROM and "_" not in text
    done = 0
    for char, group in groupby(text):
        run = len(list(group))
        done += run
        if char == "_":
            yield _KOREAN_SPACE if korean else _SPACE
        elif char in ALONE:
            yield from [_jamo(char)] * run
        else:
            inner = run < done < len(text)
            letter = _letters(char, run, gap, first=done == run)
            yield f"(?:{_WILD}?{letter}|{_WILD}{{{run}}})" if wild and inner else letter


def _letters(char: str, run: int, gap: str, *, first: bool) -> str:
    """At least `run` times the letter, together or apart; a word's first never within a run."""
    one = f"[{_LETTER_ALIKE[char]}]" if char in _LETTER_ALIKE else re.escape(char)
    # The letter comes before the look back: branches that begin with one are skipped fast.
    stretched = f"{one}(?<!{one}{one}){one}*+" if first else f"{one}++"
    for _ in range(run - 1):
        stretched += f"(?:(?<={one * run})|{gap}{one}++)"
    return stretched


def _jamo(char: str) -> str:
    """A jamo of a syllable, be it in a syllable or alone; vowels may be stretched: 씨이발."""
    alone = ALONE[char]
    if "\u1161" <= char <= "\u1175":
        alike = _VOWEL_ALIKE.get(alone, "")
        last = _GOES_ON_AS.get(alone, "")
        on = f"{char}{alone}{last}{_PART_OF.get(last, '')}"
        return f"[{char}{alone}{alike}](?:[ᄋㅇ]?[{on}])*+"
    # The final of an open syllable is the initial of a vowel written alone: 십ㅏㄹ.
    final = _FINAL_OF.get(alone, "") if char <= "\u1112" else ""
    return f"[{alone}{char}{final}]{alone}*+"


class _Branch(dict[str, "_Branch"]):
    """A tree of units; a branch without children ends a word."""


def beginnings(found: Iterable[Stem], *, korean: bool) -> str:
    """One pattern that matches wherever one of the stems may begin, sharing common beginnings.

    It is only a sieve: of stems that begin alike the shortest speaks for all.
    """
    tree = _Branch()
    for units in sorted({each.units for each in found}, key=len):
        _grow(tree, units)
    every = _alternatives(tree, _KOREAN_GAP if korean else _LATIN_GAP)
    # Korean letters are classes, and each alternative that begins with one is tried by itself.
    return _looks_like_one_of(tree) + every if korean else every


def head(unit: str) -> str:
    """The characters that a unit may begin with; empty when that cannot be told."""
    found = _HEAD.match(unit)
    return (found["many"] or found["one"]) if found else ""


def _looks_like_one_of(units: Iterable[str]) -> str:
    """A look ahead at what all the units begin with; none where one begins otherwise."""
    heads = [head(unit) for unit in units]
    return f"(?=[{''.join(heads)}])" if all(heads) else ""


def _grow(tree: _Branch, units: tuple[str, ...]) -> None:
    for depth, unit in enumerate(units):
        if unit in tree:
            tree = tree[unit]
            if not tree:
                return
        else:
            tree[unit] = _Branch()
            tree = tree[unit]
            for rest in units[depth + 1 :]:
                tree[rest] = _Branch()
                tree = tree[rest]
            return


def _alternatives(tree: _Branch, gap: str) -> str:
    options = [
        unit + (gap + _alternatives(below, gap) if below else "") for unit, below in tree.items()
    ]
    return options[0] if len(options) == 1 else f"(?:{'|'.join(options)})"
