"""Topics whose records all lie in one partition, so that everybody reads them in one order.

The one key of such a topic is the text of its `key`.
"""

from __future__ import annotations

from chatstream.domain.partitions import partition_of
from infra.kafka.producer import Outgoing
from infra.tracing import traced
from schemas import records
from schemas.streams import TopicSpec

# Bytes of a record: a broker takes up to a mebibyte.
LARGEST = 900_000


def home(topic: TopicSpec, partitions: int) -> int:
    """Where every record of the topic is."""
    return partition_of(str(topic.key), partitions)


def outgoing(topic: TopicSpec, record: records.Record, partitions: int) -> Outgoing:
    """The record as it is produced."""
    key, place = str(topic.key).encode(), home(topic, partitions)
    return Outgoing(topic.name, place, key, records.encode(record), traced())
