"""A wish as it is produced: to the partition of its key, where its line is."""

from __future__ import annotations

from chatstream.domain.partitions import partition_of
from chatstream.domain.tracing import HeaderPair
from infra.kafka.producer import Outgoing
from schemas import records
from schemas.streams import TopicSpec


def outgoing(
    topic: TopicSpec,
    wish: records.WishRecord,
    partitions: int,
    headers: tuple[HeaderPair, ...] = (),
) -> Outgoing:
    """The wish for a topic of so many partitions; `headers` are those of its trace."""
    place = partition_of(wish.key, partitions)
    return Outgoing(topic.name, place, wish.key.encode(), records.encode(wish), headers)
