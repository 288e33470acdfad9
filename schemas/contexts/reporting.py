"""Reporting: a database for reports, kept in step with the others by change data capture.

It is there only where its database is among the settings.
"""

from __future__ import annotations

from schemas import databases, records
from schemas.cdc import CAPTURED
from schemas.context import Context
from schemas.contexts import notices
from schemas.erasure import ErasureStep
from schemas.services import REPORTING
from schemas.streams import DAY, Key, Kind, Stream, dead_letters, stream

_DLQ = dead_letters("kakao.cdc")

ROWS: dict[str, Stream] = {
    each.table: stream(
        each.topic.rpartition(".")[0], Key.ROW, event=None, dlq=_DLQ, retention={Kind.EVENT: DAY}
    )
    for each in CAPTURED
}
"""The changes of each captured table, as Debezium tells them."""

# After the chats: what their step changes is known here by the tombstone, however late it comes.
ERASURE = ErasureStep(
    "reporting", records.EraseInReporting, records.ErasedInReporting, after=(notices.ERASURE.name,)
)

CONTEXT = Context(
    name="reporting",
    service=REPORTING,
    streams=(*ROWS.values(), ERASURE.stream),
    lineage=databases.REPORTING,
    erasure=ERASURE,
)
