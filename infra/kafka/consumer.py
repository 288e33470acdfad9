"""Faust's consumer with paced fetches."""

from __future__ import annotations

from typing import Any

from faust.transport.drivers import aiokafka as driver

from infra.kafka.fetching import tune


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
    """Faust's consumer with `PacedThread`."""

    def _new_consumer_thread(self) -> Any:
        return PacedThread(self, loop=self.loop, beacon=self.beacon)
