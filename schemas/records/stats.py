"""kakao.stats: watched words, and the alert when one jumps."""

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
