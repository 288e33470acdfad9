"""What a query asks for: its words, and by which evidence a text may have each of them.

The law of the search: a hit holds every word of the query, as a part of its folded text, or in
another form of the same dictionary entry, or by the initials the word consists of. Nothing of a
word is left out because an analyser has no use for it: C++ is not c, and 이어팟 is not 팟.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from chatstream.domain.folding import Span, fold
from chatstream.domain.hangul import LEADS, parts_of
from chatstream.domain.inflections import forms_of

# Quotation marks and brackets around a word, and what ends a sentence, are no part of it.
_OPENING = "\"'([{<「『《〈【"
_CLOSING = "\"')]}>」』》〉】.,!?;:~…。、"
_INITIALS = re.compile(r"[ㄱ-ㅎ]{2,}")
_SYLLABLE = re.compile(r"[가-힣]")
_LATIN = re.compile(r"[a-z]+")

# Parts of speech, as nori names them, that only bend the word before them: endings, particles, and
# the copula 이다, which Korean grammar counts among the particles.
_BENDING = frozenset({"E", "J", "VCP"})
# What no word begins with: those, suffixes, signs, and what the analyser does not know.
_NO_BEGINNING = _BENDING | {"XSN", "XSV", "XSA", "SP", "SSC", "SSO", "SC", "SE", "SF", "SY", "NA"}


@dataclass(frozen=True, slots=True)
class SearchMorpheme:
    """A part of a Korean word, with the name of its part of speech."""

    text: str
    tag: str


def query_words(text: str) -> tuple[str, ...]:
    """The distinct words of a query, folded; signs alone are words as well."""
    return tuple(dict.fromkeys(_bare(word) for word in fold(text).split()))


def _bare(word: str) -> str:
    return word.lstrip(_OPENING).rstrip(_CLOSING) or word


def is_initials(word: str) -> bool:
    """Whether the word is initial consonants, as people type names in short.

    A run of one consonant (ㅋㅋ, ㅎㅎ, ㅇㅇ) is laughter or a word of its own, and no initials.
    """
    return _INITIALS.fullmatch(word) is not None and len(set(word)) > 1


def found_in(folded: str, word: str) -> list[Span]:
    """Where a folded text has the word: as it is, in an English form, by initials.

    Korean forms need an analyser and are not among them. Linear in the text.
    """
    found = _everywhere(word, folded)
    if is_initials(word):
        found += _everywhere(word, initials_of(folded))
    if forms := forms_of(word):
        found += [each.span() for each in _LATIN.finditer(folded) if each[0] in forms]
    return found


def _everywhere(word: str, text: str) -> list[Span]:
    """Also where one begins within another: ㅋㅋ is in all of ㅋㅋㅋ."""
    begins = [found.start() for found in re.finditer(f"(?={re.escape(word)})", text)]
    return [(begin, begin + len(word)) for begin in begins]


def initials_of(folded: str) -> str:
    """The text with each syllable replaced by its initial consonant."""
    return _SYLLABLE.sub(lambda found: LEADS[parts_of(found[0])[0]], folded)


def is_korean(word: str) -> bool:
    """Whether an analysis of the word can be trusted: Hangul, maybe with letters and digits."""
    return len(word) > 1 and word.isalnum() and _SYLLABLE.search(word) is not None


def stem_of(morphemes: Sequence[SearchMorpheme]) -> tuple[str, ...]:
    """The morphemes that must be found in a row for another form of the word; empty when unsure.

    Only what bends the word's end is dropped. A word that seems to begin with an ending or a
    suffix was taken apart wrongly: then only its letters count.
    """
    if not morphemes or morphemes[0].tag in _NO_BEGINNING:
        return ()
    kept = len(morphemes)
    while morphemes[kept - 1].tag in _BENDING:
        kept -= 1
    return tuple(morpheme.text for morpheme in morphemes[:kept])
