"""Topics whose records all lie in one partition, so that everybody reads them in one order."""

from __future__ import annotations

from dataclasses import dataclass

from chatstream.domain.partitions import partition_of
from infra.kafka.producer import Outgoing
from schemas import records
from schemas.topics import TopicSpec

# Bytes of a record: a broker takes up to a mebibyte.
LARGEST = 900_000


@dataclass(frozen=True)
class OnePlace:
    """Such a topic; its one key is the text of `topic.key`."""

    topic: TopicSpec

    def home(self, partitions: int) -> int:
        """Where every record of the topic is."""
        return partition_of(str(self.topic.key), partitions)

    def outgoing(self, record: records.Record, partitions: int) -> Outgoing:
        """The record as it is produced."""
        key = str(self.topic.key).encode()
        return Outgoing(self.topic.name, self.home(partitions), key, records.encode(record))
