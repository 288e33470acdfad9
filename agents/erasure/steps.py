"""kakao.<context>.erasure.REQUEST: a context's part of an erasure, reported on its RESPONSE.

What is the same in every context: a step is idempotent, tells how much it erased in this attempt,
and says whether it is finished. One that is not, or that failed, is asked for again by the saga.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from faust.types import EventT

from agents.loop.batching import declare
from agents.loop.event_sink import EventSink
from agents.loop.traces import answer_headers
from chatstream.domain.times import now_text
from chatstream.domain.tracing import TRACEPARENT, header
from chatstream.errors import TransientFailure
from chatstream.ports.erasure import PartlyErased
from infra.faust.app import ChatStreamApp
from infra.kafka.producer import Outgoing, send_all
from infra.tracing import within
from schemas import codec, records
from schemas.catalogue import ERASURE
from schemas.erasure import ErasureStep


@dataclass(frozen=True, slots=True)
class Done:
    """What an attempt did: `problem` says what is missing, empty when the step is finished."""

    erased: Mapping[str, int] = field(default_factory=dict)
    problem: str = ""


PARTS = {part.name: part for part in ERASURE}


class Eraser(Protocol):
    """One context's part."""

    async def erase(self, step: records.EraseStep) -> Done:
        """Do it, as far as it can be done now. Raises TransientFailure like any store.

        PartlyErased when something was erased before: the receipt counts it.
        """
        ...


class RowErasure:
    """The part of a context whose rows are in one store: `erase` does it, and counts by kind."""

    def __init__(self, erase: Callable[[str], Awaitable[Mapping[str, int]]]) -> None:
        self._erase = erase

    async def erase(self, step: records.EraseStep) -> Done:
        """See Eraser."""
        return Done(await self._erase(step.account_id))


class StepSink(EventSink):
    """An outage is reported, not waited out: the saga asks again, as for what was no step.

    When `answers` says no, somebody else does the step and reports it; it may raise
    TransientFailure.
    """

    lane = "erasure"

    def __init__(
        self,
        app: ChatStreamApp,
        part: ErasureStep,
        eraser: Eraser,
        answers: Callable[[], bool] = lambda: True,
    ) -> None:
        super().__init__(app)
        self.part = part
        self.eraser = eraser
        self.answers = answers

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Do each step of the batch and report it; durable on return."""
        if not self.answers():
            return
        steps = [codec.decode(self.part.request.name, event.value) for event in batch]
        await send_all(
            self.app,
            await asyncio.gather(*map(self._report, batch, steps)),
        )

    async def _report(self, event: EventT, step: records.EraseStep) -> Outgoing:
        """What came of the step; it is done within its own trace."""
        headers = answer_headers(event)
        with within(header(headers, TRACEPARENT)):
            try:
                done = await self.eraser.erase(step)
            except PartlyErased as error:
                done = Done(error.erased, str(error))
            except TransientFailure as error:
                done = Done(problem=str(error))
        report = records.encode(self._reported(step, done))
        key = step.account_id.encode()
        return Outgoing(self.part.response.name, event.message.partition, key, report, headers)

    def _reported(self, step: records.EraseStep, done: Done) -> records.StepReported:
        return self.part.report(
            saga_id=step.saga_id,
            account_id=step.account_id,
            step=step.step,
            attempt=step.attempt,
            done=not done.problem,
            problem=done.problem,
            erased=dict(done.erased),
            at=now_text(),
        )


def register(
    app: ChatStreamApp,
    part: ErasureStep,
    eraser: Eraser,
    answers: Callable[[], bool] = lambda: True,
) -> None:
    """Declare the agent `<context>.erasure`; `answers` as in StepSink."""
    name = part.request.name
    declare(app, f"{part.name}.erasure", [name], StepSink(app, part, eraser, answers))
