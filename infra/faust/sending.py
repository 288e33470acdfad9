"""How what was produced gets to the broker: by a routine that waits for one thing.

aiokafka's waits for a set of things, in which each record wakes a callback, the callback the
routine, and the routine makes a task that sends: two turns of the loop, and two sets of callbacks
for each request, one of which waits for what has long been there.
"""

from __future__ import annotations

import asyncio
import logging
import math
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, OutOfOrderSequenceNumber, ProducerFenced
from aiokafka.producer.sender import Sender

from infra.faust.reconnecting import make_patient

log = logging.getLogger(__name__)


class PromptSender(Sender):  # type: ignore[misc]  # aiokafka has no types
    """A sender without transactions; made of another, which has not started, by its class."""

    async def _sender_routine(self) -> None:
        """See aiokafka: ends only by a fault that no request can follow, and when cancelled."""
        requests: set[asyncio.Task[None]] = set()
        try:
            while True:
                await self._maybe_wait_for_pid()
                lost = self._begin_requests(requests)
                await (self._leaders_told(requests) if lost else self._waiting.waiter())
                ended = {each for each in requests if each.done()}
                requests -= ended
                for each in ended:
                    each.result()
        except asyncio.CancelledError:
            for each in requests:
                await each
        except (ProducerFenced, OutOfOrderSequenceNumber):
            raise
        except Exception as error:
            log.exception("the sender has failed, and nothing more is sent")
            raise KafkaError("the sender has failed") from error

    @property
    def _waiting(self) -> Any:
        return self._message_accumulator

    def _begin_requests(self, requests: set[asyncio.Task[None]]) -> bool:
        """One request for each broker that owes nothing; whether there is one that nobody knows."""
        batches, lost = self._waiting.drain_by_nodes(
            ignore_nodes=self._in_flight, muted_partitions=self._muted_partitions
        )
        for node_id, of_node in batches.items():
            self._in_flight.add(node_id)
            self._muted_partitions.update(of_node)
            request = asyncio.create_task(self._send_produce_req(node_id, of_node))
            request.add_done_callback(self._wake)
            requests.add(request)
        return bool(lost)

    def _wake(self, _request: object) -> None:
        self._waiting._wakeup(self._waiting.waiter())

    async def _leaders_told(self, requests: set[asyncio.Task[None]]) -> None:
        known = self.client.force_metadata_update()
        await asyncio.wait({*requests, known}, return_when=asyncio.FIRST_COMPLETED)


class PatientProducer(AIOKafkaProducer):  # type: ignore[misc]
    """A producer with a patient client that keeps what it was given until the broker has it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        make_patient(self.client)
        self._message_accumulator._batch_ttl = math.inf
        self._sender.__class__ = PromptSender
