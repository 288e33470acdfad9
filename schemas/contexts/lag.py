"""Lag: how far the readers of every topic are behind, watched from outside of them."""

from __future__ import annotations

from schemas import records
from schemas.context import Context
from schemas.paths import OperatorPage, Paths
from schemas.services import FRONT, LAG
from schemas.streams import MINUTE, Key, Kind, dead_letters, stream

# Half a day: the samples' home is Elasticsearch, and the monitor itself goes back minutes only.
_KEPT = 720 * MINUTE

SAMPLE = stream(
    "kakao.lag.sample",
    Key.GROUP,
    event=records.LagSample,
    dlq=dead_letters("kakao.lag.sample"),
    retention={Kind.EVENT: _KEPT},
)
"""Where each group was, again and again; the monitor's windows come back from it."""

PROBE = stream(
    "kakao.lag.probe", Key.MONITOR, event=records.LagProbed, retention={Kind.EVENT: 60 * MINUTE}
)
"""Records that go to Kafka and back, one a partition."""

CONTEXT = Context(
    name="lag",
    service=LAG,
    streams=(SAMPLE, PROBE),
    paths=(Paths(FRONT, ("/ops/lag",)),),
    operator_pages=(OperatorPage("/ops/lag", "opsLag.title"),),
)
