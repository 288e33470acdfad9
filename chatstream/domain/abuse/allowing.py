"""Allowed words and phrases as one pattern, that costs no more the more of them there are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain, product, zip_longest

from chatstream.domain.abuse.normalising import FINAL, normalise
from chatstream.domain.abuse.stems import expand

# A word with more spaces than this has all of them or none, for each doubles the ways.
_SPACES = 5


class _Letters(dict[str, "_Letters"]):
    """A tree of letters, a space standing for several too; `ends`: a word ends here at least."""

    ends = False


def longest_of(words: Iterable[str]) -> re.Pattern[str]:
    """Matches the longest of the words that begins at a place of a normalised text, none if none.

    `[...]` and `_` as in the lists; a space in a word may be several or none. A word that ends in
    an open syllable does not end within a closed one: 시바 is not the beginning of 시발.
    """
    tree = _Letters()
    for word in words:
        for spelling in expand(word):
            for spaced in _spacings(spelling):
                _grow(tree, normalise(spaced).text)
    return re.compile(f"(?:{_pattern(tree)})(?![{FINAL}])" if tree else "(?!)")


def _spacings(word: str) -> Iterator[str]:
    """The word with each of its spaces there or not."""
    pieces = word.replace("_", " ").split(" ")
    if len(pieces) > _SPACES + 1:
        yield from ("".join(pieces), " ".join(filter(None, pieces)))
        return
    for spaces in product((" ", ""), repeat=len(pieces) - 1):
        yield "".join(chain.from_iterable(zip_longest(pieces, spaces, fillvalue="")))


def _grow(tree: _Letters, word: str) -> None:
    for letter in word:
        tree = tree.setdefault(letter, _Letters())
    tree.ends = bool(word)


def _pattern(tree: _Letters) -> str:
    """The tree from here on: what goes on before what ends, so that the longest is found."""
    run = ""
    while len(tree) == 1 and not tree.ends:
        ((letter, tree),) = tree.items()
        run += _one(letter)
    if not tree:
        return run
    options = "|".join(_one(letter) + _pattern(below) for letter, below in tree.items())
    heads = "".join(map(re.escape, tree))
    return f"{run}(?:(?=[{heads}])(?:{options})){'?' if tree.ends else ''}"


def _one(letter: str) -> str:
    return " ++" if letter == " " else re.escape(letter)
