"""The forms of an English word that a dictionary has under one entry, by the rules of spelling.

Plurals, the third person, past and present participles, possessives: `study` has `studies`,
`studied`, `studying`. What grammar books call derivation is another entry (`organ` is no form of
`organize`, which common stemmers say), and irregular forms (`sent`) are only found as they are.
A form that spelling allows and nobody writes costs nothing: it is in no text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

SHORTEST = 3
"""Letters of the shortest entry: endings of shorter words mislead (`as`, `king`)."""

_WORD = re.compile(r"([a-z]+)(?:'s?)?")
_VOWELS = "aeiouy"
_SYLLABLES = re.compile("[aeiouy]+")
_SIBILANT = ("s", "x", "z", "ch", "sh", "o")
_NO_PLURAL = ("ss", "us", "is")
# Common words that only look like forms of another common one.
_ENTRIES = frozenset({"news", "series", "species", "always", "perhaps", "evening"})


def forms_of(word: str) -> frozenset[str]:
    """Every form of the folded word but possessives, which hold another form; none if not English.

    `minsu's` has the forms of `minsu`.
    """
    found = _WORD.fullmatch(word)
    if found is None:
        return frozenset()
    own = found[1]
    return frozenset({own, *(form for base in _bases(own) for form in _forms(base))})


def _bases(word: str) -> set[str]:
    """What the dictionary may have the word under: entries that have it among their forms."""
    found = {word} if word in _ENTRIES else {word, *_singulars(word), *_infinitives(word)}
    return {
        base
        for base in found
        if len(base) >= SHORTEST
        and _SYLLABLES.search(base)
        and (base == word or word in _forms(base))
    }


def _singulars(word: str) -> Iterator[str]:
    if not word.endswith("s") or word.endswith(_NO_PLURAL):
        return
    yield word[:-1]
    if word.endswith("es"):
        yield word[:-2]
    if word.endswith("ies"):
        yield word[:-3] + "y"


def _infinitives(word: str) -> Iterator[str]:
    if word.endswith("ied"):
        yield word[:-3] + "y"
    if word.endswith("ying"):
        yield word[:-4] + "ie"
    for ending in ("ed", "ing"):
        stem = word.removesuffix(ending)
        # th-ing and s-eed hold no verb.
        if stem != word and _SYLLABLES.search(stem.rstrip("e")):
            yield from (stem, stem + "e", stem[:-1])


def _forms(base: str) -> set[str]:
    """The forms of an entry of three letters or more."""
    if base.endswith("ie"):
        return {base, base + "s", base + "d", base[:-2] + "ying"}
    if base.endswith("e"):
        return {base, base + "s", base + "d", base[:-1] + "ing", base + "ing"}
    if base[-1] == "y" and base[-2] not in _VOWELS:
        return {base, base[:-1] + "ies", base[:-1] + "ied", base + "ing"}
    plural = base + ("es" if base.endswith(_SIBILANT) else "s")
    return {base, plural, *_participles(base)}


def _participles(base: str) -> Iterator[str]:
    """With the last letter doubled behind a short vowel: always after one syllable, else maybe."""
    is_short = base[-1] not in "aeiouwxy" and base[-2] in _VOWELS and base[-3] not in _VOWELS
    if is_short:
        yield from (base + base[-1] + "ed", base + base[-1] + "ing")
    if not is_short or len(_SYLLABLES.findall(base)) > 1:
        yield from (base + "ed", base + "ing")
