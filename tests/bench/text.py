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


def vocabulary() -> list[str]:
    """The words, most frequent first; the same in every run."""
    order = random.Random(20)
    nouns, verbs, english = (line.split() for line in _WORDS.read_text().splitlines())
    usual = [noun + particle for particle in _PARTICLES for noun in nouns] + verbs + english
    order.shuffle(usual)
    syllables = ["".join(parts) for parts in product(_START, _MIDDLE, _END)]
    rare = [first + second for first, second in zip(syllables, reversed(syllables), strict=True)]
    rare += [word + "er" for word in rare] + [word + "ing" for word in rare] + rare[::-1]
    return usual + list(dict.fromkeys(rare))[:RARE]


def messages(seed: int, count: int, marker: str = "") -> Iterator[str]:
    """`count` messages of 3 to 20 words; each begins with the marker, if there is one."""
    words = vocabulary()
    weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
    source = random.Random(seed)
    for _ in range(count):
        said = source.choices(words, cum_weights=weights, k=source.randint(3, 20))
        yield " ".join([marker, *said] if marker else said)
