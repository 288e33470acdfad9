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

ERASURE = ErasureStep(
    "log",
    records.EraseInLog,
    records.ErasedInLog,
    after=(stats.ERASURE.name,),
    facts=(ROOM.response, MESSAGE.response, ACCOUNT.response),
)

CONTEXT = Context(
    name="log",
    service=LOG,
    streams=(ERASURE.stream,),
    paths=(Paths(FRONT, ("/search", "/search/messages")),),
    erasure=ERASURE,
)
