"""Faust's transport with the paced consumer and an idempotent producer.

Faust leaves idempotence off outside of its exactly-once mode: there a retry may double a record.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaProducer
from faust.transport.drivers import aiokafka as driver
from faust.transport.producer import ProducerBuffer

from infra.faust.consumer import PacedConsumer
from infra.faust.sending import PatientProducer

log = logging.getLogger(__name__)


class OpenBuffer(ProducerBuffer):
    """The buffer of what synchronous code sends: nothing here does, so nobody waits for it."""

    async def wait_until_ebb(self) -> None:
        """Return at once; Faust asks before each record that an agent gets."""


class IdempotentProducer(driver.Producer):
    """Faust's producer with acks=all and sequence numbers, so that a retry never doubles."""

    _renewing: asyncio.Task[None] | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.buffer = OpenBuffer(loop=self.loop, beacon=self.beacon)
        self.buffer.app = self.app

    def _settings_extra(self) -> Mapping[str, Any]:
        return {"acks": "all", "enable_idempotence": True}

    @property
    def _producer_type(self) -> type[Any]:
        return PatientProducer

    @property
    def inner(self) -> AIOKafkaProducer:
        """aiokafka's producer, which takes whole batches; another one after `renew`.

        Raises NotReady before the start.
        """
        return self._ensure_producer()

    def renew(self) -> None:
        """Begin to replace the inner producer, whose sequence numbers are of no use any more.

        Sends in the meantime fail as before; one renewal is under way at a time.
        """
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.get_running_loop().create_task(self._replace())

    async def _replace(self) -> None:
        log.warning("the producer is replaced: an outage outlasted its batches")
        fresh = self._new_producer()
        await fresh.start()
        spent, self._producer = self._producer, fresh
        if spent is not None:
            await spent.stop()


class Transport(driver.Transport):
    """The aiokafka transport with the paced consumer and the idempotent producer."""

    Consumer = PacedConsumer
    Producer = IdempotentProducer
