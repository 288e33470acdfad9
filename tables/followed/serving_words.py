"""The words of a text as the live tables that serve count them, for who counts nothing himself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from chatstream.settings import KafkaSettings
from infra.text.dictionary import Dictionary
from infra.text.korean import Words
from tables.followed.fold import Follower
from tables.followed.generations import KnownGenerations, read_into


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


@asynccontextmanager
async def open_serving_words(settings: KafkaSettings) -> AsyncIterator[ServingWords]:
    """Words by what is on the topic, which is followed until the context ends.

    For who has no app to run the follower beside; waits for the broker as `read_into` does.
    """
    known = KnownGenerations()
    await read_into(settings, known)
    async with Follower(settings, known.followed, settings.background_fetch_interval):
        yield ServingWords(known)
