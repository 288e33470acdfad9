"""Lifted mutes, told to every chat worker: one of them holds the counters of the room."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from mode import Service, ServiceT

from chatstream.errors import PoisonMessage
from chatstream.settings import KafkaSettings
from infra.kafka.pace import Pace
from infra.kafka.tail import TopicTail
from schemas import codec, records, topics

log = logging.getLogger(__name__)

TOPIC = topics.SANCTION_RESPONSE.name


class LiftedMutes(Service):
    """Calls `lift(account id, room id or None)` for every sanction that is lifted from now on."""

    def __init__(self, settings: KafkaSettings, lift: Callable[[str, str | None], None]) -> None:
        super().__init__()
        self._lift = lift
        pace = Pace(settings.fetch_interval, 1)
        self._tail = TopicTail(settings, TOPIC, self.on_record, pace=pace)

    def on_init_dependencies(self) -> Iterable[ServiceT]:
        """The tail; it starts and stops with this service."""
        return [self._tail]

    def on_record(self, partition: int, _key: bytes, value: bytes) -> None:
        """The tail's handler; a record that cannot be read is logged and skipped."""
        try:
            record = codec.decode(TOPIC, value)
        except PoisonMessage as error:
            log.error("unreadable sanction in %s-%s: %s", TOPIC, partition, error)
            return
        if isinstance(record, records.SanctionLifted):
            self._lift(record.account_id, record.room_id)
