"""What else somebody may have meant whose search found nothing.

A suggestion is another text with words that were said. It is offered, and never adds to the hits:
what a search finds stays what the law of `chatstream.domain.search_queries` says.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product

from chatstream.domain.hangul import is_syllable
from chatstream.domain.keyboards import typed_hangul, typed_keys
from chatstream.domain.misspelling import steps_allowed
from chatstream.domain.search_queries import query_words

MOST_WORDS = 8
"""Words of a query that is thought about: longer ones are sentences."""

MOST_TRIED = 4
"""Texts that are tried, whether they find anything."""

_PER_WORD = 3
_LATIN = re.compile("[A-Za-z]{3,}")
_HANGUL = re.compile("[ㄱ-ㅎㅏ-ㅣ가-힣]+")


@dataclass(frozen=True, slots=True)
class AskedWord:
    """A word of a query as it was typed, and as it is looked for (folded)."""

    typed: str
    word: str

    @property
    def switched(self) -> str | None:
        """What its keys type on the other layout, as it is looked for; None: no word."""
        return _switched(self.typed)

    @property
    def may_be_misspelt(self) -> bool:
        """Whether words near to it can be told."""
        return steps_allowed(self.word) > 0


def asked_words(text: str) -> Sequence[AskedWord]:
    """The words of a query in order, each once; none when it has too many."""
    words: dict[str, AskedWord] = {}
    for typed in text.split():
        for word in query_words(typed):
            words.setdefault(word, AskedWord(typed, word))
    return [*words.values()] if len(words) <= MOST_WORDS else []


def _switched(typed: str) -> str | None:
    bare = typed.strip("\"'()[]<>.,!?:;")
    if _LATIN.fullmatch(bare):
        hangul = typed_hangul(bare)
        # Loose letters would be taken for initials, which are found in everything.
        return hangul if all(map(is_syllable, hangul)) else None
    if _HANGUL.fullmatch(bare):
        keys = typed_keys(bare).lower()
        return keys if _LATIN.fullmatch(keys) else None
    return None


def suggested_texts(
    words: Sequence[AskedWord], found: Collection[str], near: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    """At most MOST_TRIED texts in place of a query that found nothing, the likeliest first.

    `found` are the words (and switched ones) that some text has, `near` the words near to those
    that none has, by word. What was found stays, unless all was typed on the other layout. The
    query itself, in whatever spelling, is none of them.
    """
    asked = frozenset(each.word for each in words)
    told = {asked}
    texts = islice(_combinations(words, found, near), 8 * MOST_TRIED)
    left = MOST_TRIED
    for text in texts:
        meant = frozenset(query_words(text))
        if meant in told or not left:
            continue
        told.add(meant)
        left -= 1
        yield text


def _combinations(
    words: Sequence[AskedWord], found: Collection[str], near: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    switched = [each.switched for each in words]
    if words and all(word in found for word in switched):
        yield " ".join(map(str, switched))
    for choice in product(*(_choices(each, found, near) for each in words)):
        yield " ".join(choice)


def _choices(
    asked: AskedWord, found: Collection[str], near: Mapping[str, Sequence[str]]
) -> Sequence[str]:
    if asked.word in found:
        return [asked.typed]
    switched = asked.switched
    others = [switched] if switched is not None and switched in found else []
    return [*others, *near.get(asked.word, ())][:_PER_WORD]
