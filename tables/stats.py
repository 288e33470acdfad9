"""The tables of the stats service, declared together."""

from __future__ import annotations

from dataclasses import dataclass

from infra.kafka.app import ChatStreamApp
from tables.base import declare
from tables.series import Series
from tables.words import Line, WordCounts


@dataclass(frozen=True)
class StatsTables:
    """The tables of the stats service and the cursors of the lines they follow."""

    words: WordCounts
    chat_added: Series
    user_added: Series
    messages: Line
    accounts: Line


def declare_stats(app: ChatStreamApp) -> StatsTables:
    """Declare the tables on the stats app."""
    words = declare(app, "word_counts", "uses of each word by partition of the room")
    user_added = declare(app, "user_added", "signups by minute")
    return StatsTables(
        words=WordCounts(app, words),
        chat_added=Series(app, declare(app, "chat_added", "messages by minute")),
        user_added=Series(app, user_added),
        messages=Line(words),
        accounts=Line(user_added),
    )
