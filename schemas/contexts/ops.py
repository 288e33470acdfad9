"""Operations: what processes tell of themselves, and the page that shows all of it."""

from __future__ import annotations

from schemas import records
from schemas.context import Context
from schemas.paths import OperatorPage, Paths
from schemas.services import FRONT
from schemas.streams import MINUTE, Key, Kind, stream

PROCESS = stream(
    "kakao.ops.process",
    Key.WORKER,
    event=records.Heartbeat,
    retention={Kind.EVENT: 120 * MINUTE},
)
"""The heartbeats of every process; fronts fold those of the last hour."""

CONTEXT = Context(
    name="ops",
    service=FRONT,
    streams=(PROCESS,),
    paths=(Paths(FRONT, ("/ops",)),),
    operator_pages=(OperatorPage("/ops", "overview.title"),),
)
