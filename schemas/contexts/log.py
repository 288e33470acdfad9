"""Log: every accepted fact in Elasticsearch, for analysts and for the search."""

from __future__ import annotations

from schemas import records
from schemas.context import Context
from schemas.contexts import stats
from schemas.contexts.accounts import ACCOUNT
from schemas.contexts.messages import MESSAGE
from schemas.contexts.rooms import ROOM
from schemas.erasure import ErasureStep
from schemas.paths import Paths
from schemas.services import FRONT, LOG
from schemas.streams import DAY, Key, Kind, dead_letters, stream

ERASURE = ErasureStep(
    "log",
    records.EraseInLog,
    records.ErasedInLog,
    after=(stats.ERASURE.name,),
    facts=(ROOM.response, MESSAGE.response, ACCOUNT.response),
)

# Three days: a line's home is Elasticsearch, the topic only bridges an outage of it, over a weekend
# too. Lines are many, and what a debug level writes in a week would fill the broker's disk.
APP = stream(
    "kakao.log.app",
    Key.EVENT,
    event=None,
    dlq=dead_letters("kakao.log.app"),
    retention={Kind.EVENT: 3 * DAY},
)
"""Lines of the logs of processes and servers, each a JSON object with its `event.id`."""

CONTEXT = Context(
    name="log",
    service=LOG,
    streams=(ERASURE.stream, APP),
    paths=(Paths(FRONT, ("/search", "/search/messages")),),
    erasure=ERASURE,
)
