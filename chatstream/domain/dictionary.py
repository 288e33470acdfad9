"""The word lists that an operator adds to the rules of words: own words and stop words.

An own word counts as it stands; a stop word, in the form in which it is counted, never does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chatstream.domain.forms import plain
from chatstream.domain.words import MAX_LENGTH
from chatstream.errors import invalid

MOST = 10_000
OWN, STOP = "words", "stopWords"


@dataclass(frozen=True, slots=True)
class WordLists:
    """Own words and stop words, all in plain forms and lower case; no word is in both."""

    words: frozenset[str] = frozenset()
    stop_words: frozenset[str] = frozenset()

    def pack(self) -> dict[str, list[str]]:
        """As JSON values, sorted; what `word_lists` reads."""
        return {OWN: sorted(self.words), STOP: sorted(self.stop_words)}


NO_WORDS = WordLists()


def word_lists(value: object) -> WordLists:
    """The lists of JSON values `{"words": […], "stopWords": […]}`; a list left out is empty.

    A `version` is passed over. Raises INVALID_INPUT that names the field and says what it must be.
    """
    if not isinstance(value, dict):
        raise invalid("dictionary", f'must be an object: {{"{OWN}": […], "{STOP}": […]}}')
    for name in value.keys() - {OWN, STOP, "version"}:
        raise invalid(str(name)[:40], f"is not a known field; there are {OWN} and {STOP}")
    own, stop = (_words(name, value.get(name, [])) for name in (OWN, STOP))
    for word in sorted(own & stop):
        raise invalid(STOP, f"must not have {word!r}, which is in {OWN} as well")
    return WordLists(own, stop)


def with_words(lists: WordLists, words: Iterable[str]) -> WordLists:
    """The lists with more own words; they are stop words no longer. INVALID_INPUT as above."""
    more = _words(OWN, list(words))
    return _bounded(WordLists(lists.words | more, lists.stop_words - more))


def with_stop_words(lists: WordLists, words: Iterable[str]) -> WordLists:
    """The lists with more stop words; they are own words no longer. INVALID_INPUT as above."""
    more = _words(STOP, list(words))
    return _bounded(WordLists(lists.words - more, lists.stop_words | more))


def without(lists: WordLists, words: Iterable[str]) -> WordLists:
    """The lists without these words; INVALID_INPUT names one that is in neither."""
    gone = _words(OWN, list(words))
    for word in sorted(gone - lists.words - lists.stop_words):
        raise invalid("dictionary", f"does not have {word!r}; `dictionary show` prints what it has")
    return WordLists(lists.words - gone, lists.stop_words - gone)


def _bounded(lists: WordLists) -> WordLists:
    for name, words in ((OWN, lists.words), (STOP, lists.stop_words)):
        if len(words) > MOST:
            raise invalid(name, f"must be a list of at most {MOST} words")
    return lists


def _words(name: str, found: object) -> frozenset[str]:
    if not isinstance(found, list) or len(found) > MOST:
        raise invalid(name, f"must be a list of at most {MOST} words")
    return frozenset(_word(f"{name}[{at}]", word) for at, word in enumerate(found))


def _word(field: str, found: object) -> str:
    word = plain(found).lower() if isinstance(found, str) else ""
    if (
        not 0 < len(word) <= MAX_LENGTH
        or not any(char.isalpha() for char in word)
        or any(char.isspace() for char in word)
    ):
        raise invalid(
            field,
            f"must be one word of at most {MAX_LENGTH} characters with a letter in it,"
            f" without spaces: {str(found)[:60]!r}",
        )
    return word
