"""Erasure sagas: what drives them, and what takes the contexts' reports.

The state is in Postgres alone, so whoever dies, the next worker goes on: the driver takes the steps
whose time has come and asks the context to do them; a report finishes a step, and without one it is
asked for again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence

from faust.types import EventT
from mode import Service
from prometheus_client import Gauge

from agents.erasure.steps import PARTS
from agents.loop.batching import declare
from agents.loop.event_sink import EventSink
from chatstream.domain.backoff import Backoff, whole
from chatstream.domain.erasure import ALARM_ATTEMPTS
from chatstream.domain.partitions import partition_of
from chatstream.domain.times import now_text
from chatstream.errors import TransientFailure
from chatstream.ports.erasure import Due, Ends, GroupOffsets, Sagas
from infra.faust.app import ChatStreamApp
from infra.kafka.producer import Outgoing, send_all
from infra.tracing import begin, traced, within
from schemas import codec, records

log = logging.getLogger(__name__)

NOT_RUN = "its service is not run here any more"
# Seconds between two looks: after one that found a step, and at most after those that found none.
_EVERY, _SELDOM = 0.5, 2.0
_AT_ONCE = 20

ALARMS = Gauge("chatstream_sagas_alarming", "erasures whose step fails again and again")
LOOKED = Gauge(
    "chatstream_sagas_looked_at_timestamp_seconds", "when the alarming ones were counted"
)


class SagaDriver(Service):
    """Asks the contexts for the steps whose time has come. Several at once do no harm.

    `steps` are those that somebody does here; None: all.
    """

    def __init__(
        self,
        app: ChatStreamApp,
        sagas: Sagas,
        offsets: GroupOffsets,
        steps: Collection[str] | None = None,
    ) -> None:
        super().__init__()
        self._steps = PARTS.keys() if steps is None else steps
        self._app = app
        self._sagas = sagas
        self._offsets = offsets
        self._reported = asyncio.Event()

    def reported(self) -> None:
        """A step has ended, so that another may be due: it is looked for at once."""
        self._reported.set()

    @Service.task
    async def _drive_on(self) -> None:
        lull = Backoff(_EVERY, _SELDOM, whole)
        while not self.should_stop:
            self._reported.clear()
            if await self.drive():
                lull.end()
            await self.wait(self._reported.wait(), timeout=lull.wait())

    async def drive(self) -> bool:
        """Ask for each step that is due, if any is; one that cannot be asked for is due later.

        Every worker then tells by ALARMS how many fail, of all there are, and by LOOKED when it
        counted them: while it cannot, the last number stands beside a time that grows old.
        """
        found: Sequence[Due] = ()
        try:
            found = await self._sagas.due(_AT_ONCE)
            for due in found:
                if due.attempt >= ALARM_ATTEMPTS:
                    log.error("erasure %s: %s fails, %d tries", due.saga_id, due.step, due.attempt)
                await (self._ask(due) if due.step in self._steps else self._pass_over(due))
        except TransientFailure as error:
            log.warning("erasures wait: %s", error)
        await self._count_alarming()
        return bool(found)

    async def _count_alarming(self) -> None:
        try:
            ALARMS.set(await self._sagas.alarming())
        except TransientFailure as error:
            log.warning("alarming erasures were not counted: %s", error)
        else:
            LOOKED.set_to_current_time()

    async def _pass_over(self, due: Due) -> None:
        """End a step whose service ran when the saga began and runs no more.

        What it keeps is out of reach; when it is run again it hears of the erasure by itself.
        """
        log.warning("erasure %s: %s is not run here any more", due.saga_id, due.step)
        await self._sagas.report(
            due.saga_id, due.step, due.attempt, done=True, problem=NOT_RUN, erased={}
        )

    async def _ask(self, due: Due) -> None:
        upto = due.upto
        reads = PARTS[due.step].reads
        if reads and not upto:
            upto = await self._offsets.ends([each.name for each in reads])
            await self._sagas.note_ends(due, upto)
        with within(due.trace or begin()):
            await send_all(self._app, [self._request(due, upto)])

    def _request(self, due: Due, upto: Ends) -> Outgoing:
        part = PARTS[due.step]
        record = part.wish(
            saga_id=due.saga_id,
            account_id=due.account_id,
            step=due.step,
            attempt=due.attempt,
            upto={topic: tuple(offsets) for topic, offsets in upto.items()},
            at=now_text(),
        )
        partition = partition_of(due.account_id, self._app.conf.topic_partitions)
        key = due.account_id.encode()
        return Outgoing(part.request.name, partition, key, records.encode(record), traced())


class ReportSink(EventSink):
    """Notes what the contexts report: without a report the step is asked for again.

    `reported` is called when reports are noted.
    """

    lane = "sagas"

    def __init__(self, app: ChatStreamApp, sagas: Sagas, reported: Callable[[], None]) -> None:
        super().__init__(app)
        self.sagas = sagas
        self._reported = reported

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Note each report; a report that comes again changes nothing."""
        for event in batch:
            report: records.StepReported = codec.decode(event.message.topic, event.value)
            await self.sagas.report(
                report.saga_id,
                report.step,
                report.attempt,
                done=report.done,
                problem=report.problem,
                erased=report.erased,
            )
        self._reported()


def register(
    app: ChatStreamApp,
    sagas: Sagas,
    offsets: GroupOffsets,
    steps: Collection[str] | None = None,
) -> None:
    """Declare the agent `user.sagas` and run the driver beside it; `steps` as in SagaDriver."""
    reports = [part.response.name for part in PARTS.values()]
    driver = SagaDriver(app, sagas, offsets, steps)
    declare(app, "user.sagas", reports, ReportSink(app, sagas, driver.reported))
    app.run_beside(driver)
