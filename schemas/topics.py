"""Every topic of the program, once: name, key, record types, retention.

A topic is `kakao.<context>.<entity>.<KIND>`: REQUEST (a wish), RESPONSE (its outcome), DLQ (what
could never be processed), EVENT (a plain stream). Keys are raw ASCII bytes of a room id or an
account id, so that all records of one room (or account) keep one order. Partition counts are equal
for every topic.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MINUTE = 60
DAY = 86_400
WEEK = 7 * DAY


class Key(StrEnum):
    """What a topic is keyed by."""

    ROOM = "roomId"
    ACCOUNT = "accountId"
    SOURCE = "the key of the record that failed"
    POLICY = "policy"
    WATCHED = "watched"
    WORD = "word"
    GENERATION = "generation"


@dataclass(frozen=True)
class TopicSpec:
    """One topic; `records` names the union in `schemas.records`.

    `retention` is in seconds; None: kept without end.
    """

    name: str
    key: Key
    records: str
    retention: int | None = WEEK

    @property
    def retention_ms(self) -> int:
        """As the broker's `retention.ms`."""
        return -1 if self.retention is None else self.retention * 1000

    @property
    def days(self) -> str:
        """How many days records are kept, for people."""
        return "all" if self.retention is None else str(self.retention // DAY)


ROOM_REQUEST = TopicSpec("kakao.chat.chatRoom.REQUEST", Key.ROOM, "RoomRequest")
ROOM_RESPONSE = TopicSpec("kakao.chat.chatRoom.RESPONSE", Key.ROOM, "RoomResponse")
ROOM_DLQ = TopicSpec("kakao.chat.chatRoom.DLQ", Key.SOURCE, "raw bytes")
MESSAGE_REQUEST = TopicSpec("kakao.chat.chatMessage.REQUEST", Key.ROOM, "MessageRequest")
MESSAGE_RESPONSE = TopicSpec("kakao.chat.chatMessage.RESPONSE", Key.ROOM, "MessageResponse")
MESSAGE_DLQ = TopicSpec("kakao.chat.chatMessage.DLQ", Key.SOURCE, "raw bytes")
READ_REQUEST = TopicSpec("kakao.chat.readPosition.REQUEST", Key.ROOM, "ReadRequest")
READ_RESPONSE = TopicSpec("kakao.chat.readPosition.RESPONSE", Key.ROOM, "ReadResponse")
READ_DLQ = TopicSpec("kakao.chat.readPosition.DLQ", Key.SOURCE, "raw bytes")
SAVED_REQUEST = TopicSpec("kakao.chat.savedMessage.REQUEST", Key.ROOM, "SavedRequest")
SAVED_RESPONSE = TopicSpec("kakao.chat.savedMessage.RESPONSE", Key.ROOM, "SavedResponse")
SAVED_DLQ = TopicSpec("kakao.chat.savedMessage.DLQ", Key.SOURCE, "raw bytes")
TYPING = TopicSpec("kakao.chat.typing.EVENT", Key.ROOM, "MemberTyping", retention=MINUTE)
ACCOUNT_REQUEST = TopicSpec(
    "kakao.user.account.REQUEST", Key.ACCOUNT, "AccountRequest", retention=DAY
)
ACCOUNT_RESPONSE = TopicSpec("kakao.user.account.RESPONSE", Key.ACCOUNT, "AccountResponse")
ACCOUNT_DLQ = TopicSpec("kakao.user.account.DLQ", Key.SOURCE, "raw bytes", retention=DAY)
FRIEND_REQUEST = TopicSpec("kakao.user.friend.REQUEST", Key.ACCOUNT, "FriendRequest")
FRIEND_RESPONSE = TopicSpec("kakao.user.friend.RESPONSE", Key.ACCOUNT, "FriendResponse")
FRIEND_DLQ = TopicSpec("kakao.user.friend.DLQ", Key.SOURCE, "raw bytes")
SESSION_RESPONSE = TopicSpec("kakao.user.session.RESPONSE", Key.ACCOUNT, "SessionResponse")
CONDUCT_EVENT = TopicSpec("kakao.user.conduct.EVENT", Key.ACCOUNT, "ConductEvent")
CONDUCT_DLQ = TopicSpec("kakao.user.conduct.DLQ", Key.SOURCE, "raw bytes")
SANCTION_REQUEST = TopicSpec("kakao.user.sanction.REQUEST", Key.ACCOUNT, "SanctionRequest")
# As long as the longest mute: fronts read it from its beginning.
SANCTION_RESPONSE = TopicSpec(
    "kakao.user.sanction.RESPONSE", Key.ACCOUNT, "SanctionResponse", retention=31 * DAY
)
SANCTION_DLQ = TopicSpec("kakao.user.sanction.DLQ", Key.SOURCE, "raw bytes")
POLICY_EVENT = TopicSpec("kakao.chat.policy.EVENT", Key.POLICY, "PolicyEvent", retention=None)
WATCHED_EVENT = TopicSpec("kakao.stats.watched.EVENT", Key.WATCHED, "WatchedEvent", retention=None)
GENERATION_EVENT = TopicSpec(
    "kakao.stats.generation.EVENT", Key.GENERATION, "GenerationEvent", retention=None
)
ALERT_EVENT = TopicSpec("kakao.stats.alert.EVENT", Key.WORD, "WordJumped")
CHAT_ERASURE_REQUEST = TopicSpec("kakao.chat.erasure.REQUEST", Key.ACCOUNT, "EraseInChat")
CHAT_ERASURE_RESPONSE = TopicSpec("kakao.chat.erasure.RESPONSE", Key.ACCOUNT, "ErasedInChat")
STATS_ERASURE_REQUEST = TopicSpec("kakao.stats.erasure.REQUEST", Key.ACCOUNT, "EraseInStats")
STATS_ERASURE_RESPONSE = TopicSpec("kakao.stats.erasure.RESPONSE", Key.ACCOUNT, "ErasedInStats")
LOG_ERASURE_REQUEST = TopicSpec("kakao.log.erasure.REQUEST", Key.ACCOUNT, "EraseInLog")
LOG_ERASURE_RESPONSE = TopicSpec("kakao.log.erasure.RESPONSE", Key.ACCOUNT, "ErasedInLog")
ERASURE_DLQ = TopicSpec("kakao.user.erasure.DLQ", Key.SOURCE, "raw bytes")

TOPICS: tuple[TopicSpec, ...] = (
    ROOM_REQUEST,
    ROOM_RESPONSE,
    ROOM_DLQ,
    MESSAGE_REQUEST,
    MESSAGE_RESPONSE,
    MESSAGE_DLQ,
    READ_REQUEST,
    READ_RESPONSE,
    READ_DLQ,
    SAVED_REQUEST,
    SAVED_RESPONSE,
    SAVED_DLQ,
    TYPING,
    ACCOUNT_REQUEST,
    ACCOUNT_RESPONSE,
    ACCOUNT_DLQ,
    FRIEND_REQUEST,
    FRIEND_RESPONSE,
    FRIEND_DLQ,
    SESSION_RESPONSE,
    CONDUCT_EVENT,
    CONDUCT_DLQ,
    SANCTION_REQUEST,
    SANCTION_RESPONSE,
    SANCTION_DLQ,
    CHAT_ERASURE_REQUEST,
    CHAT_ERASURE_RESPONSE,
    STATS_ERASURE_REQUEST,
    STATS_ERASURE_RESPONSE,
    LOG_ERASURE_REQUEST,
    LOG_ERASURE_RESPONSE,
    ERASURE_DLQ,
    POLICY_EVENT,
    WATCHED_EVENT,
    GENERATION_EVENT,
    ALERT_EVENT,
)

DLQ_OF = {
    ROOM_REQUEST.name: ROOM_DLQ,
    ROOM_RESPONSE.name: ROOM_DLQ,
    MESSAGE_REQUEST.name: MESSAGE_DLQ,
    MESSAGE_RESPONSE.name: MESSAGE_DLQ,
    READ_REQUEST.name: READ_DLQ,
    SAVED_REQUEST.name: SAVED_DLQ,
    ACCOUNT_REQUEST.name: ACCOUNT_DLQ,
    ACCOUNT_RESPONSE.name: ACCOUNT_DLQ,
    CHAT_ERASURE_REQUEST.name: ERASURE_DLQ,
    CHAT_ERASURE_RESPONSE.name: ERASURE_DLQ,
    STATS_ERASURE_REQUEST.name: ERASURE_DLQ,
    STATS_ERASURE_RESPONSE.name: ERASURE_DLQ,
    LOG_ERASURE_REQUEST.name: ERASURE_DLQ,
    LOG_ERASURE_RESPONSE.name: ERASURE_DLQ,
    FRIEND_REQUEST.name: FRIEND_DLQ,
    FRIEND_RESPONSE.name: FRIEND_DLQ,
    CONDUCT_EVENT.name: CONDUCT_DLQ,
    SANCTION_REQUEST.name: SANCTION_DLQ,
    SANCTION_RESPONSE.name: SANCTION_DLQ,
}
