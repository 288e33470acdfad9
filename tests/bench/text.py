"""Messages that look like chat: Korean and English words, distributed after Zipf."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import accumulate, product
from pathlib import Path

# Three lines: Korean nouns, Korean forms of verbs, English words.
_WORDS = Path(__file__).with_name("words.txt")
_PARTICLES = ("", "이", "은", "도", "에서", "까지", "보다", "처럼")
_START = ("br", "cl", "dr", "fl", "gr", "k", "l", "m", "n", "p", "st", "tr", "v", "w")
_MIDDLE = ("a", "e", "i", "o", "u", "ai", "ou")
_END = ("nd", "rk", "st", "m", "sh", "ck", "ll", "ve", "x", "p")
RARE = 3000
_SYLLABLES = ["".join(parts) for parts in product(_START, _MIDDLE, _END)]


def distinct(count: int) -> list[str]:
    """So many words that look English, none of them twice; the same in every run."""
    size = len(_SYLLABLES)
    return [
        _SYLLABLES[number % size]
        + _SYLLABLES[(number + number // size) % size]
        + "er" * (number // size**2)
        for number in range(count)
    ]


def vocabulary() -> list[str]:
    """The words, most frequent first; the same in every run."""
    usual = _usual()
    rare = [first + second for first, second in zip(_SYLLABLES, _SYLLABLES[::-1], strict=True)]
    rare += [word + "er" for word in rare] + [word + "ing" for word in rare] + rare[::-1]
    return usual + list(dict.fromkeys(rare))[:RARE]


def _usual() -> list[str]:
    nouns, verbs, english = (line.split() for line in _WORDS.read_text().splitlines())
    usual = [noun + particle for particle in _PARTICLES for noun in nouns] + verbs + english
    random.Random(20).shuffle(usual)
    return usual


def zipf(seed: int, words: int, length: int) -> Iterator[str]:
    """Messages without end, each of `length` of so many words; the usual ones are most frequent."""
    said = list(dict.fromkeys([*_usual(), *distinct(words)]))[:words]
    weights = list(accumulate(1 / rank for rank in range(1, len(said) + 1)))
    source = random.Random(seed)
    while True:
        yield " ".join(source.choices(said, cum_weights=weights, k=length))


def messages(seed: int, count: int, marker: str = "") -> Iterator[str]:
    """`count` messages of 3 to 20 words; each begins with the marker, if there is one."""
    words = vocabulary()
    weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
    source = random.Random(seed)
    for _ in range(count):
        said = source.choices(words, cum_weights=weights, k=source.randint(3, 20))
        yield " ".join([marker, *said] if marker else said)
