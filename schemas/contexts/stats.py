"""Stats: live counts of words and series, what operators watch, and what is counted at all."""

from __future__ import annotations

from schemas import records
from schemas.context import Context
from schemas.contexts.accounts import ACCOUNT
from schemas.contexts.messages import MESSAGE
from schemas.contexts.rooms import ROOM
from schemas.erasure import ErasureStep
from schemas.paths import OperatorPage, Paths
from schemas.services import CHAT, FRONT, STATS
from schemas.streams import Key, Kind, stream

WATCHED = stream(
    "kakao.stats.watched", Key.WATCHED, event=records.WatchedEvent, retention={Kind.EVENT: None}
)
GENERATION = stream(
    "kakao.stats.generation",
    Key.GENERATION,
    event=records.GenerationEvent,
    retention={Kind.EVENT: None},
)
ALERT = stream("kakao.stats.alert", Key.WORD, event=records.WordJumped)

# The first of the readers, so it also sees to it that chat has told all that it was asked for.
ERASURE = ErasureStep(
    "stats",
    records.EraseInStats,
    records.ErasedInStats,
    facts=(ROOM.response, MESSAGE.response, ACCOUNT.response),
    wishes={CHAT: (MESSAGE.request,)},
)

CONTEXT = Context(
    name="stats",
    streams=(WATCHED, GENERATION, ALERT, ERASURE.stream),
    service=STATS,
    paths=(
        Paths(
            FRONT,
            (
                "/stats/series/chatAdd",
                "/stats/series/userAdd",
                "/stats/series/word/{word}",
                "/stats/watched",
                "/stats/watched/{word}",
                "/stats/words",
                "/stats/words/{word}",
                "/words",
            ),
        ),
        Paths(FRONT, ("/stats/live",), is_endless=True),
    ),
    operator_pages=(OperatorPage("/words#watched", "watched.title"),),
    erasure=ERASURE,
)
