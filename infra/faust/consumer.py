"""Faust's consumer: fetches are paced, handed on together, and never before their seek.

Three races of Faust are closed here, each of which loses records without a word:

- At the end of a recovery it resumes the streams' partitions first, and seeks to the committed
  offsets then. What is fetched in between is thrown away with the queues when the flow resumes,
  but counts as read: fetched again after the seek, it is passed over. A partition without a
  committed offset is not even sought. Here a partition is handed on only after the seek.
- A fetch is under way while Faust pauses, seeks and resumes partitions. It is asked for the
  partitions that are wanted at any moment of it, and for all when these are none: it takes records
  from behind a seek that nobody wants yet, and they are thrown away. Here a fetch is asked for what
  is wanted at its beginning, and a seek waits until it has ended.
- `KeepingFlow` has the third one.

Records of changelogs go to the tables at once; see infra.faust.recovery.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

from faust.transport.consumer import CONSUMER_FETCHING, RecordMap, ensure_TPset
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from chatstream.json_lines import speak_as
from infra.faust.fetched import FetchedRecords
from infra.faust.fetching import tune
from infra.faust.known_topics import wait_for_topics
from infra.faust.reconnecting import make_patient
from infra.faust.recovery import BulkRecovery

# Records handed on before others get their turn on the event loop.
_TURN = 100
# Seconds that a fetch waits for records, and so a seek for a fetch: while partitions come and go,
# and in a worker that serves, where each wait is twenty turns of two loops for nothing.
_FETCH_WITHIN = 0.25
_FETCH_WITHIN_SERVING = 1.0
# Seconds that a seek may take less than Faust gives it: Faust would go on without it.
_SEEK_MARGIN = 5.0


class PacedThread(driver.AIOKafkaConsumerThread):
    """The thread that fetches, as often as the app says; see infra.faust.fetching."""

    fetched: FetchedRecords

    def _create_consumer(self, loop: asyncio.AbstractEventLoop) -> Any:
        consumer = super()._create_consumer(loop)
        make_patient(consumer._client)
        return consumer

    async def on_start(self) -> None:  # noqa: D102 (Faust's hook)
        app: Any = self.app
        speak_as(app.chatstream.service, app.chatstream.worker_name)
        await super().on_start()
        faust_consumer: Any = self.consumer
        consumer: Any = self._ensure_consumer()
        paced = tune(consumer, app.pace, lambda: faust_consumer._active_partitions or (), app.rest)
        most = consumer._max_poll_records
        self.fetched = FetchedRecords(consumer, most, lambda: faust_consumer.flow_active)
        paced.answered = self.fetched.look
        wait_for_topics(consumer._coordinator, app.chatstream.kafka.session_timeout / 2)

    async def getmany(self, active_partitions: Any, timeout: float) -> Any:
        """Wait for records of these partitions; see infra.faust.fetched."""
        self._ensure_consumer()
        return await self.fetched.take(active_partitions, timeout)


class PacedConsumer(driver.Consumer):
    """Hands the records of a fetch to the streams in one go, of partitions that were sought.

    Faust makes four tasks for every record, to stop waiting for a full stream when a rebalance
    begins: most of a worker's time. Here its reader takes a record at once (infra.faust.held), or
    these are made once a fetch. What a rebalance or the stop cuts off counts as not read: both
    pause every partition, and a partition that was paused is sought before it is handed on again,
    by whoever owns it then.
    """

    def on_init(self) -> None:  # noqa: D102 (Faust's hook)
        super().on_init()
        self._unsought: set[TP] = set()
        self._place = asyncio.Lock()  # held by a fetch and by a seek
        # With which offsets the streams' partitions began; None: no offset was committed.
        self.begins: dict[TP, int | None] = {}

    def _new_consumer_thread(self) -> Any:
        return PacedThread(self, loop=self.loop, beacon=self.beacon)

    # -- seeking -----------------------------------------------------------------------------

    def pause_partitions(self, tps: Iterable[TP]) -> None:
        """Hand on nothing more of these partitions."""
        super().pause_partitions(tps)
        self._unsought -= ensure_TPset(tps)

    def resume_partitions(self, tps: Iterable[TP]) -> None:
        """Hand on the changelogs among these at once, the others after the next seek."""
        tpset = ensure_TPset(tps)
        changelogs = {tp for tp in tpset if self._is_changelog_tp(tp)}
        self._unsought |= tpset - changelogs
        super().resume_partitions(changelogs)

    async def perform_seek(self) -> None:
        """Seek to the committed offsets, then hand on what was resumed before this call.

        Raises TimeoutError when the broker does not tell the offsets in time: the worker ends.
        """
        waiting = set(self._unsought)
        async with asyncio.timeout(self.app.conf.broker_request_timeout - _SEEK_MARGIN):
            await super().perform_seek()
        sought = waiting & self._unsought
        self._unsought -= sought
        super().resume_partitions(sought)

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Seek the streams' partitions, between two fetches; `begins` tells where they begin."""
        async with self._place:
            found = await super().seek_to_committed()
            self.begins = {TP(tp.topic, tp.partition): offset for tp, offset in found.items()}
            return found

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """Seek these partitions of changelogs, between two fetches.

        Raises TimeoutError when that takes too long: the worker ends.
        """
        async with (
            asyncio.timeout(self.app.conf.broker_request_timeout - _SEEK_MARGIN),
            self._place,
        ):
            await super().seek_wait(partitions)
            self._recovery().sought(partitions)

    async def verify_all_partitions_active(self) -> None:
        """Does nothing: agents.loop.standstill asks the broker, and acts."""

    # -- fetching ----------------------------------------------------------------------------

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> RecordMap:
        async with self._place:
            if active_partitions is None:
                return await super()._getmany(None, timeout)
            # Nothing may be wanted any more after a seek, and for aiokafka nothing means all.
            wanted = set(active_partitions)
            records: Any = await super()._getmany(wanted, timeout) if wanted else {}
            recovery = self._recovery()
            for tp in [tp for tp in records if self._is_changelog_tp(tp)]:
                await recovery.take(tp, records.pop(tp))
            return records  # type: ignore[no-any-return]

    def _recovery(self) -> BulkRecovery:
        tables: Any = self.app.tables
        return tables.recovery  # type: ignore[no-any-return]

    # -- handing on --------------------------------------------------------------------------

    async def _drain_messages(self, fetcher: Any) -> None:
        try:
            while not (self._stopped.is_set() or fetcher._stopped.is_set()):
                self.diag.set_flag(CONSUMER_FETCHING)
                await self._hand_over(self.getmany(self._within()))
                self.diag.unset_flag(CONSUMER_FETCHING)
        except self.consumer_stopped_errors:
            if not self.app.should_stop:
                raise
        finally:
            self.diag.unset_flag(CONSUMER_FETCHING)

    def _within(self) -> float:
        app: Any = self.app
        return _FETCH_WITHIN_SERVING if app.serving else _FETCH_WITHIN

    async def _hand_over(self, fetched: AsyncIterator[tuple[TP, Any]]) -> None:
        count = 0
        async for tp, message in fetched:
            if not self._is_taken(tp, message):
                rest = self._hand_to_streams(tp, message, fetched)
                await self.wait_first(rest, self.suspend_flow.wait())
                return
            count += 1
            if count % _TURN == 0:
                await asyncio.sleep(0)
        if not count:
            await asyncio.sleep(0)

    async def _hand_to_streams(
        self, tp: TP, message: Any, rest: AsyncIterator[tuple[TP, Any]]
    ) -> None:
        await self._hand_to_stream(tp, message)
        count = 1
        async for place, each in rest:
            if not self._is_taken(place, each):
                await self._hand_to_stream(place, each)
            count += 1
            if count % _TURN == 0:
                await asyncio.sleep(0)

    def _is_taken(self, tp: TP, message: Any) -> bool:
        """Whether nothing is left to be done: its reader took it, or it is from before a seek."""
        offset, read = message.offset, self._read_offset[tp]
        if read is not None and offset < read:
            return True
        app: Any = self.app
        if (read and offset - read > 1) or not app.offers.is_taken(message):
            return False
        self._read_offset[tp] = offset
        return True

    async def _hand_to_stream(self, tp: TP, message: Any) -> None:
        offset, read = message.offset, self._read_offset[tp]
        if read and offset - read > 1 and self.app.topics.acks_enabled_for(message.topic):
            await self._add_gap(tp, read + 1, offset)
        await self.callback(message)
        self._read_offset[tp] = offset
