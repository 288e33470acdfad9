"""The tables of the stats service, declared together."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from chatstream.domain import words
from infra.faust.app import ChatStreamApp
from tables.base import declare
from tables.room_words import RoomWords
from tables.series import Series
from tables.watched import WatchedWords
from tables.windows import Windows
from tables.words import Line, WordCounts

# Of the tables' layout and of the rules by which words are counted: with a new one the service
# counts everything anew, from Postgres and the log's tail, into tables and a group of their own.
_LAYOUT = 2
VERSION = _LAYOUT + 10 * words.VERSION
_GENERATIONS = 1000
# Faust's name of a table's changelog, behind the id of the app, which is its group.
_CHANGELOG = re.compile(r"(chatstream-stats-v(\d+))-\w+-changelog")


def version_of(generation: int) -> int:
    """The version of the Faust app, and so of its group and changelogs, of a generation."""
    return VERSION + _GENERATIONS * generation


def changelogs_of(topics: Iterable[str], generations: Collection[int]) -> dict[str, list[str]]:
    """The changelogs of these generations among the topics, by their group."""
    found: dict[str, list[str]] = {}
    for topic in topics:
        match = _CHANGELOG.fullmatch(topic)
        if match and int(match[2]) // _GENERATIONS in generations:
            found.setdefault(match[1], []).append(topic)
    return found


@dataclass(frozen=True)
class StatsTables:
    """The tables of the stats service and the cursors of the lines they follow."""

    words: WordCounts
    windows: Windows
    room_words: RoomWords
    watched: WatchedWords
    chat_added: Series
    user_added: Series
    messages: Line
    accounts: Line


def declare_stats(app: ChatStreamApp) -> StatsTables:
    """Declare the tables on the stats app."""
    counts = declare(app, "word_counts", "uses of each word by partition of the room")
    user_added = declare(app, "user_added", "signups by minute")
    return StatsTables(
        words=WordCounts(app, counts),
        windows=Windows(app, declare(app, "word_windows", "words of the last day by batch")),
        room_words=RoomWords(app, declare(app, "room_word_counts", "uses of each word by room")),
        watched=WatchedWords(app, declare(app, "watched_words", "watched words by minute")),
        chat_added=Series(app, declare(app, "chat_added", "messages by minute")),
        user_added=Series(app, user_added),
        messages=Line(counts),
        accounts=Line(user_added),
    )
