"""Faust's consumer, with paced fetches, and with a fetch's records handed on together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from faust.transport.consumer import CONSUMER_FETCHING
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from infra.kafka.fetching import tune

# Records handed on before others get their turn on the event loop.
_TURN = 100


class PacedThread(driver.AIOKafkaConsumerThread):
    """The thread that fetches, as often as the app says; see infra.kafka.fetching."""

    async def on_start(self) -> None:  # noqa: D102 (Faust's hook)
        await super().on_start()
        app: Any = self.app
        faust_consumer: Any = self.consumer
        tune(
            self._ensure_consumer(),
            app.pace,
            lambda: faust_consumer._active_partitions or (),
        )


class PacedConsumer(driver.Consumer):
    """Hands the records of a fetch to the streams in one go.

    Faust makes four tasks for every record, to stop waiting for a full stream when a rebalance
    begins: most of a worker's time. Here these are made once a fetch. What a rebalance or the stop
    cuts off is not read, and so fetched again by whoever owns the partition next.
    """

    def _new_consumer_thread(self) -> Any:
        return PacedThread(self, loop=self.loop, beacon=self.beacon)

    async def _drain_messages(self, fetcher: Any) -> None:
        try:
            while not (self._stopped.is_set() or fetcher._stopped.is_set()):
                self.diag.set_flag(CONSUMER_FETCHING)
                fetched: AsyncIterator[tuple[TP, Any]] = self.getmany(timeout=1.0)
                first = await anext(fetched, None)
                if first is None:
                    await asyncio.sleep(0)
                else:
                    await self.wait_first(self._hand_over(first, fetched), self.suspend_flow.wait())
                self.diag.unset_flag(CONSUMER_FETCHING)
        except self.consumer_stopped_errors:
            if not self.app.should_stop:
                raise
        finally:
            self.diag.unset_flag(CONSUMER_FETCHING)

    async def _hand_over(self, first: tuple[TP, Any], rest: AsyncIterator[tuple[TP, Any]]) -> None:
        await self._hand_over_one(*first)
        count = 1
        async for tp, message in rest:
            await self._hand_over_one(tp, message)
            count += 1
            if count % _TURN == 0:
                await asyncio.sleep(0)

    async def _hand_over_one(self, tp: TP, message: Any) -> None:
        offset, read = message.offset, self._read_offset[tp]
        if read is not None and offset < read:
            return  # fetched before a seek
        if read and offset - read > 1 and self.app.topics.acks_enabled_for(message.topic):
            await self._add_gap(tp, read + 1, offset)
        await self.callback(message)
        self._read_offset[tp] = offset
