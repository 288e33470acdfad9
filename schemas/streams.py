"""Streams: what a topic is, and the topics of an entity declared as one.

A topic is `kakao.<context>.<entity>.<KIND>`: REQUEST (a wish), RESPONSE (its outcome), DLQ (what
could never be processed), EVENT (what happened, answered by nobody). Keys are raw ASCII bytes, of a
room id or an account id for what belongs to one, so that all its records keep one order. Partition
counts are equal for every topic.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, get_args

from schemas.records.base import Record

MINUTE = 60
DAY = 86_400
WEEK = 7 * DAY


class Key(StrEnum):
    """What topics of several contexts are keyed by, or ours alone; another one says its own."""

    ROOM = "roomId"
    ACCOUNT = "accountId"
    SOURCE = "the key of the record that failed"
    POLICY = "policy"
    WATCHED = "watched"
    WORD = "word"
    GENERATION = "generation"
    EVENT = "event.id"
    DEAD_LETTER = "deadLetterId"
    GROUP = "group"
    MONITOR = "monitor"
    WORKER = "worker"
    ROW = "the primary key of the row"


class Kind(StrEnum):
    """What the records of a topic are; the end of its name."""

    REQUEST = "REQUEST"
    RESPONSE = "RESPONSE"
    EVENT = "EVENT"
    DLQ = "DLQ"


@dataclass(frozen=True)
class TopicSpec:
    """One topic; `records` are the types it carries, none where it carries any bytes or lines.

    `key` says for people what it is keyed by: a Key, or any words. `retention` is in seconds; None:
    kept without end. `timed_by_broker`: a record's time is when the broker appended it, whatever
    its producer says.
    """

    name: str
    key: str
    records: tuple[type[Record], ...]
    retention: int | None = WEEK
    timed_by_broker: bool = False

    @property
    def kind(self) -> Kind:
        """What its records are."""
        return Kind(self.name.rpartition(".")[2])

    @property
    def retention_ms(self) -> int:
        """As the broker's `retention.ms`."""
        return -1 if self.retention is None else self.retention * 1000

    @property
    def days(self) -> str:
        """How many days records are kept, for people."""
        return "all" if self.retention is None else str(self.retention // DAY)


@dataclass(frozen=True)
class Stream:
    """The topics of one entity; asking for one that it does not have is a KeyError.

    A record of REQUEST, RESPONSE or EVENT that can never be processed goes to `dlq`, where the
    stream has one: its own, or one that several share. `kept_in` is the table of its context's
    databases that has its facts as they are told (`partition`, `fact_no`, `body`), empty where
    there is none.
    """

    name: str
    topics: Mapping[Kind, TopicSpec]
    kept_in: str = ""

    @property
    def request(self) -> TopicSpec:
        """The wishes."""
        return self.topics[Kind.REQUEST]

    @property
    def response(self) -> TopicSpec:
        """Outcomes of wishes: facts, answers without a change, refusals."""
        return self.topics[Kind.RESPONSE]

    @property
    def event(self) -> TopicSpec:
        """What happened."""
        return self.topics[Kind.EVENT]

    @property
    def dlq(self) -> TopicSpec:
        """What could never be processed, byte by byte."""
        return self.topics[Kind.DLQ]


def dead_letters(name: str, retention: int = WEEK) -> TopicSpec:
    """A dead-letter topic of the streams of `name`."""
    return TopicSpec(f"{name}.{Kind.DLQ}", Key.SOURCE, (), retention)


def stream(
    name: str,
    key: str,
    *,
    dlq: TopicSpec | None = None,
    retention: Mapping[Kind, int | None] | None = None,
    kept_in: str = "",
    timed_by_broker: Collection[Kind] = (),
    **carried: Any,
) -> Stream:
    """The stream `name`, `carried` by kind: `request`, `response`, `event`, each a record or union.

    `event=None`: lines of logs, JSON objects that others write and no record type describes.

    What has wishes has dead letters: `dlq`, or its own, kept as long as the wishes. `retention`
    overrides WEEK for a kind, `timed_by_broker` names those of which that holds; `kept_in` as in
    Stream.
    """
    kept = retention or {}
    topics = {
        kind: TopicSpec(
            f"{name}.{kind}",
            key,
            record_types(union),
            kept.get(kind, WEEK),
            kind in timed_by_broker,
        )
        for kind, union in ((Kind(kind.upper()), union) for kind, union in carried.items())
    }
    if dlq is not None:
        topics[Kind.DLQ] = dlq
    elif Kind.REQUEST in topics:
        topics[Kind.DLQ] = dead_letters(name, topics[Kind.REQUEST].retention or WEEK)
    return Stream(name, topics, kept_in)


def record_types(union: Any) -> tuple[type[Record], ...]:
    """The record types of a union, in its order; a single type is one of its own; of None none."""
    return () if union is None else get_args(union) or (union,)
