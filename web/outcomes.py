"""What the tail hands to the waiting wishes: RESPONSE records by their identity."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from chatstream.errors import PoisonMessage
from schemas import codec
from schemas.streams import TopicSpec
from web.wishes import Wishes

log = logging.getLogger(__name__)

Handler = Callable[[int, bytes, bytes], None]
RecordHandler = Callable[[int, object], None]


def _read(topic: TopicSpec, value: bytes) -> Any:
    """The record; None, and a line in the log, when it cannot be read."""
    try:
        return codec.decode(topic.name, value)
    except PoisonMessage as error:
        log.warning("tail: %s", error)
        return None


def listener(topic: TopicSpec, then: RecordHandler, wanted: Callable[[bytes], bool]) -> Handler:
    """A tail handler of a topic that answers nobody: decodes and tells what is wanted."""

    def on_record(partition: int, key: bytes, value: bytes) -> None:
        record = _read(topic, value) if wanted(key) else None
        if record is not None:
            then(partition, record)

    return on_record


def handler(
    wishes: Wishes,
    request: TopicSpec,
    response: TopicSpec,
    then: RecordHandler | None = None,
    wanted: Callable[[bytes], bool] | None = None,
) -> Handler:
    """A tail handler: decode once, resolve the waiting wish, then tell `then` (the hub).

    A record is not decoded when nobody waits in its partition and `wanted(key)` says no. A record
    that cannot be read is logged and passed over: the agents dead-letter such records.
    """

    def on_record(partition: int, key: bytes, value: bytes) -> None:
        is_wanted = then is not None and (wanted is None or wanted(key))
        waits = wishes.waits(request.name, partition)
        if not (is_wanted or waits):
            return
        record = _read(response, value)
        if record is None:
            return
        if then is not None and is_wanted:
            then(partition, record)
        if waits:
            for identity in record.identities:
                wishes.resolve(request.name, partition, identity, record)

    return on_record
