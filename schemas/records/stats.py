"""kakao.stats: the dictionary, generations of the tables, watched words, and their alerts."""

from __future__ import annotations

from schemas.records.base import Record


class WordWatched(Record, frozen=True, kw_only=True, tag="wordWatched"):
    """A word is on the operators' list, in the form in which it is counted."""

    request_id: str
    word: str
    at: str


class WordUnwatched(Record, frozen=True, kw_only=True, tag="wordUnwatched"):
    """A word is on the operators' list no longer."""

    request_id: str
    word: str
    at: str


WatchedEvent = WordWatched | WordUnwatched


class WordJumped(Record, frozen=True, kw_only=True, tag="wordJumped"):
    """Fact: a watched word was said `count` times, where `usual` was to be expected.

    Repeated with the same `alert_id`.
    """

    alert_id: str
    word: str
    count: int
    usual: int
    since: str
    until: str


class DictionaryChanged(Record, frozen=True, kw_only=True, tag="dictionaryChanged"):
    """A version of the own words and stop words, whole; it counts when it is the next version."""

    request_id: str
    version: int
    words: list[str]
    stop_words: list[str]
    at: str


class GenerationPlanned(Record, frozen=True, kw_only=True, tag="generationPlanned"):
    """A generation of the live tables is counted from now on, by this version of the dictionary."""

    request_id: str
    generation: int
    dictionary: int
    at: str


class GenerationActivated(Record, frozen=True, kw_only=True, tag="generationActivated"):
    """A generation of the live tables serves from now on.

    `builder` is the address of a worker that answers beside the others while they change over to
    it; null: there is none any more.
    """

    request_id: str
    generation: int
    builder: str | None
    at: str


GenerationEvent = DictionaryChanged | GenerationPlanned | GenerationActivated
