"""Log: every accepted fact in Elasticsearch, for analysts and for the search."""

from __future__ import annotations

from chatstream.domain.event_documents import FAILURE, SUCCESS
from schemas import records
from schemas.actions import action
from schemas.context import Context
from schemas.contexts import stats
from schemas.contexts.accounts import ACCOUNT
from schemas.contexts.messages import MESSAGE
from schemas.contexts.rooms import ROOM
from schemas.erasure import ErasureStep
from schemas.paths import OperatorPage, Paths
from schemas.services import FRONT, LOG
from schemas.streams import DAY, Key, Kind, dead_letters, stream

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

# What is on the lines' topic may name the account, as facts do.
ERASURE = ErasureStep(
    "log",
    records.EraseInLog,
    records.ErasedInLog,
    after=(stats.ERASURE.name,),
    facts=(ROOM.response, MESSAGE.response, ACCOUNT.response, APP.event),
)

# A look is a document among the lines that were looked at, and shares their dead letters.
LOOK = stream("kakao.log.look", Key.ACCOUNT, event=records.LookEvent, dlq=APP.dlq)
"""What operators looked at, by whom."""

# As long as anything that leads to a dead letter, and then as long as the letter.
DEAD_LETTER = stream(
    "kakao.log.deadLetter",
    Key.DEAD_LETTER,
    event=records.DeadLetterEvent,
    dlq=APP.dlq,
    retention={Kind.EVENT: 31 * DAY},
)
"""What was done about dead letters, by whom, and what came of it."""

REPLAY = stream("kakao.log.replay", Key.SOURCE, event=None, retention={Kind.EVENT: DAY})
"""Records that one reader alone is to handle again; its name is in their headers."""


def _filters(look: records.OperatorLooked) -> tuple[str, ...]:
    return tuple(f"{name}={value}" for name, value in sorted(look.filters.items()))


def _settled(settled: records.DeadLetterSettled) -> str:
    return SUCCESS if settled.outcome == "done" else FAILURE


CONTEXT = Context(
    name="log",
    service=LOG,
    streams=(ERASURE.stream, APP, LOOK, DEAD_LETTER, REPLAY),
    paths=(
        Paths(FRONT, ("/search", "/search/messages")),
        Paths(
            FRONT,
            (
                "/ops/log",
                "/ops/log/histogram",
                "/ops/log/panels/{panel}",
                "/ops/log/traces/{traceId}",
                "/ops/dashboards",
                "/ops/dashboards/{dashboard}",
                "/ops/topics",
                "/ops/topics/{topic}",
                "/ops/dlq",
                "/ops/dlq/{letterId}",
                "/ops/dlq/{letterId}/replay",
                "/ops/dlq/{letterId}/drop",
            ),
        ),
    ),
    operator_pages=(
        OperatorPage("/ops/log", "opsLog.title"),
        OperatorPage("/ops/dashboards", "dashboards.title"),
        OperatorPage("/ops/topics", "opsTopics.title"),
        OperatorPage("/ops/dlq", "dlq.title"),
    ),
    actions=(
        action(
            records.OperatorLooked,
            ("web",),
            ("access",),
            look_page="page",
            look_filters=_filters,
        ),
        action(
            records.DeadLetterReplayed,
            ("process",),
            ("start",),
            dead_letter_id="dead_letter_id",
        ),
        action(
            records.DeadLetterDropped,
            ("process",),
            ("deletion",),
            dead_letter_id="dead_letter_id",
        ),
        action(
            records.DeadLetterSettled,
            ("process",),
            ("end",),
            "code",
            dead_letter_id="dead_letter_id",
            outcome=_settled,
        ),
    ),
    erasure=ERASURE,
)
