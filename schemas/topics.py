"""Names of topics by kind."""

# ruff: noqa: PLC0414

from __future__ import annotations

from schemas.catalogue import DLQ_OF as DLQ_OF
from schemas.catalogue import TOPICS as TOPICS
from schemas.contexts import log, rooms, stats
from schemas.contexts.accounts import ACCOUNT, SESSION
from schemas.contexts.conduct import CONDUCT, POLICY, SANCTION
from schemas.contexts.friends import FRIEND
from schemas.contexts.messages import MESSAGE
from schemas.contexts.reading import READ
from schemas.contexts.reading import TYPING as _TYPING
from schemas.contexts.rooms import ROOM
from schemas.contexts.saving import SAVED
from schemas.contexts.stats import ALERT, GENERATION, WATCHED
from schemas.streams import DAY as DAY
from schemas.streams import MINUTE as MINUTE
from schemas.streams import WEEK as WEEK
from schemas.streams import Key as Key
from schemas.streams import TopicSpec as TopicSpec

ROOM_REQUEST = ROOM.request
ROOM_RESPONSE = ROOM.response
ROOM_DLQ = ROOM.dlq
MESSAGE_REQUEST = MESSAGE.request
MESSAGE_RESPONSE = MESSAGE.response
MESSAGE_DLQ = MESSAGE.dlq
READ_REQUEST = READ.request
READ_RESPONSE = READ.response
READ_DLQ = READ.dlq
SAVED_REQUEST = SAVED.request
SAVED_RESPONSE = SAVED.response
SAVED_DLQ = SAVED.dlq
TYPING = _TYPING.event
ACCOUNT_REQUEST = ACCOUNT.request
ACCOUNT_RESPONSE = ACCOUNT.response
ACCOUNT_DLQ = ACCOUNT.dlq
FRIEND_REQUEST = FRIEND.request
FRIEND_RESPONSE = FRIEND.response
FRIEND_DLQ = FRIEND.dlq
SESSION_RESPONSE = SESSION.response
CONDUCT_EVENT = CONDUCT.event
CONDUCT_DLQ = CONDUCT.dlq
SANCTION_REQUEST = SANCTION.request
SANCTION_RESPONSE = SANCTION.response
SANCTION_DLQ = SANCTION.dlq
POLICY_EVENT = POLICY.event
WATCHED_EVENT = WATCHED.event
GENERATION_EVENT = GENERATION.event
ALERT_EVENT = ALERT.event
CHAT_ERASURE_REQUEST = rooms.ERASURE.request
CHAT_ERASURE_RESPONSE = rooms.ERASURE.response
STATS_ERASURE_REQUEST = stats.ERASURE.request
STATS_ERASURE_RESPONSE = stats.ERASURE.response
LOG_ERASURE_REQUEST = log.ERASURE.request
LOG_ERASURE_RESPONSE = log.ERASURE.response
ERASURE_DLQ = rooms.ERASURE.stream.dlq
