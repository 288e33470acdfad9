"""The words of a text as the live tables that serve count them, for who counts nothing himself."""

from __future__ import annotations

from collections.abc import Mapping

from infra.text.dictionary import Dictionary
from infra.text.korean import Words
from tables.followed.generations import KnownGenerations


class ServingWords:
    """ports.counting.Tokenizer by the dictionary of the generation that serves.

    Another generation that serves takes effect with the next text.
    """

    def __init__(self, known: KnownGenerations) -> None:
        self._known = known
        self._dictionary = -1
        self._words = Words()

    def count(self, text: str) -> Mapping[str, int]:
        """See Tokenizer; the same for as long as one dictionary serves."""
        now = self._known.now
        if self._dictionary != now.serving.dictionary:
            self._dictionary = now.serving.dictionary
            self._words = Words(Dictionary.of(now.lists(self._dictionary)))
        return self._words.count(text)
