"""ports.counting.Tokenizer by mecab-ko (Korean) and `regex` (all else, by Unicode's word rules)."""

from __future__ import annotations

from functools import lru_cache

import regex

from chatstream.domain.words import MAX_LENGTH, Morpheme, emoji_word, korean_word, other_word, runs
from infra.text.dictionary import NO_DICTIONARY, Dictionary
from infra.text.mecab import Analyser

_WORD = regex.compile(r"(?w)\b\w.*?\b")
_EMOJI = regex.compile(
    r"(?:\p{RI}\p{RI}"
    r"|(?:\p{Emoji_Presentation}|\p{ExtPict}\uFE0F)[\p{EMod}\uFE0F]*"
    r"(?:\u200D\p{ExtPict}[\p{EMod}\uFE0F]*)*)"
)

# Analyses of longer stretches are not kept: what repeats in chats is short, and memory is bounded.
_KEPT_LENGTH = 200


class Words:
    """Counts the words of a message. Loads the dictionary once (17 MB); not for many threads.

    Words of the `dictionary` count as they stand, before anything else is looked for. An analysis
    of a stretch of Korean is kept (`cache` of them): chats repeat themselves. The time grows with
    the length of the text and no faster.
    """

    def __init__(self, dictionary: Dictionary = NO_DICTIONARY, *, cache: int = 20_000) -> None:
        self._analyser = Analyser()
        self._korean = lru_cache(maxsize=cache)(self._analyse)
        self._dictionary = dictionary

    def count(self, text: str) -> dict[str, int]:
        """The words of a text and how often each is in it."""
        # No Counter, of which to set an item takes four times as long.
        found: dict[str, int] = {}
        get = found.get
        for run in runs(text):
            own, rest = self._dictionary.take(run)
            for word in self._words(rest) if run.korean else _others(rest):
                found[word] = get(word, 0) + 1
            for word, stand_in in own:
                found[word] = get(word, 0) + 1
                if get(stand_in):
                    found[stand_in] -= 1
        stopped = self._dictionary.stop_words
        return {word: n for word, n in found.items() if n and word not in stopped}

    def _words(self, korean: str) -> tuple[str, ...]:
        return self._korean(korean) if len(korean) <= _KEPT_LENGTH else self._analyse(korean)

    def _analyse(self, text: str) -> tuple[str, ...]:
        words = [_word(line) for line in self._analyser.lines(text)]
        return tuple(word for word in words if word is not None)


def _others(text: str) -> list[str]:
    words = [_other_word(token) for token in _WORD.findall(text) if len(token) <= MAX_LENGTH]
    if not text.isascii():
        words += [emoji_word(token) for token in _EMOJI.findall(text)]
    return [word for word in words if word is not None]


_other_word = lru_cache(maxsize=100_000)(other_word)


@lru_cache(maxsize=100_000)
def _word(line: str) -> str | None:
    surface, tab, feature = line.partition("\t")
    if not tab:
        return None  # EOS, the end of the analysis
    values = feature.split(",")
    parts: tuple[tuple[str, str], ...] = ()
    if values[4] in {"Inflect", "Preanalysis"}:
        # 가/VV/*+았/EP/*
        pieces = [piece.split("/") for piece in values[7].split("+")]
        parts = tuple((piece[0], piece[1]) for piece in pieces if len(piece) >= 2)
    return korean_word(Morpheme(surface, values[0], parts))
