"""Erasure: the contexts' parts of leaving for good, asked for by the saga of the user service."""

from __future__ import annotations

from schemas import records
from schemas.context import Context
from schemas.databases import AUTH
from schemas.paths import Paths
from schemas.services import FRONT_AUTH, USER
from schemas.streams import Key, dead_letters, stream

_DLQ = dead_letters("kakao.user.erasure")

CHAT_ERASURE = stream(
    "kakao.chat.erasure",
    Key.ACCOUNT,
    request=records.EraseInChat,
    response=records.ErasedInChat,
    dlq=_DLQ,
)
STATS_ERASURE = stream(
    "kakao.stats.erasure",
    Key.ACCOUNT,
    request=records.EraseInStats,
    response=records.ErasedInStats,
    dlq=_DLQ,
)
LOG_ERASURE = stream(
    "kakao.log.erasure",
    Key.ACCOUNT,
    request=records.EraseInLog,
    response=records.ErasedInLog,
    dlq=_DLQ,
)

CONTEXT = Context(
    name="erasure",
    streams=(CHAT_ERASURE, STATS_ERASURE, LOG_ERASURE),
    service=USER,
    lineage=AUTH,
    paths=(Paths(FRONT_AUTH, ("/ops/sagas", "/ops/sagas/{sagaId}")),),
)
