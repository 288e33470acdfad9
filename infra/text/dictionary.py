"""Own words and stop words beside the analyser's: a JSON file `{"words": […], "stopWords": […]}`.

An own word counts wherever it begins a word, with or without particles behind it (`아아메를`), so a
new coinage is one word. For the analysis a known noun stands in for it, and is not counted.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from chatstream.domain.words import MAX_LENGTH, Run
from chatstream.errors import ConfigurationError

_HANGUL = re.compile("[\uac00-\ud7a3]")
# Nouns of the analyser's dictionary, after a consonant and after a vowel: particles go by that.
_STAND_INS = ("서울", "제주")
_MOST = 10_000


@dataclass(frozen=True)
class Dictionary:
    """Own words and stop words, all in NFC and lower case."""

    words: frozenset[str] = frozenset()
    stop_words: frozenset[str] = frozenset()
    _own: re.Pattern[str] | None = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_own", _pattern(self.words))

    def take(self, run: Run) -> tuple[list[tuple[str, str]], str]:
        """The own words of a stretch, each with what stands in for it; and the rest to analyse."""
        if self._own is None:
            return [], run.text
        found: list[tuple[str, str]] = []

        def stand_in(match: re.Match[str]) -> str:
            noun = _STAND_INS[_ends_in_vowel(match[0])] if run.korean else ""
            found.append((match[0], noun))
            return noun or " "

        return found, self._own.sub(stand_in, run.text)


def _pattern(words: Iterable[str]) -> re.Pattern[str] | None:
    """Longest first; a Korean word may have particles behind it, another one may not."""
    parts = [
        re.escape(word) + ("" if _HANGUL.search(word[-1]) else r"(?!\w)")
        for word in sorted(words, key=lambda word: (-len(word), word))
    ]
    return re.compile(r"(?<!\w)(?:" + "|".join(parts) + ")") if parts else None


def _ends_in_vowel(word: str) -> bool:
    return bool(_HANGUL.match(word[-1])) and (ord(word[-1]) - 0xAC00) % 28 == 0


NO_DICTIONARY = Dictionary()


def read_dictionary(path: Path | None) -> Dictionary:
    """The dictionary of a file; ConfigurationError says what is wrong with it."""
    if path is None:
        return NO_DICTIONARY
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"the dictionary {path} cannot be read: {error}") from error
    if not isinstance(found, dict) or not found.keys() <= {"words", "stopWords"}:
        raise ConfigurationError(f"{path} must be an object with `words` and `stopWords`")
    return Dictionary(
        *(_words_of(path, name, found.get(name, [])) for name in ("words", "stopWords"))
    )


def _words_of(path: Path, name: str, found: object) -> frozenset[str]:
    if not isinstance(found, list) or len(found) > _MOST:
        raise ConfigurationError(f"{path}: {name} must be a list of at most {_MOST} words")
    for word in found:
        if not isinstance(word, str) or not _is_word(word):
            raise ConfigurationError(f"{path}: {name}: {word!r} is not one word with a letter")
    return frozenset(unicodedata.normalize("NFC", word).lower() for word in found)


def _is_word(word: str) -> bool:
    return (
        0 < len(word) <= MAX_LENGTH
        and any(char.isalpha() for char in word)
        and not any(char.isspace() for char in word)
    )
