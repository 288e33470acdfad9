"""The sink of a REQUEST topic: wishes are carried out, and their outcomes produced on RESPONSE."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from faust.types import EventT

from agents.loop import metrics
from agents.loop.dead_letters import dead_letter
from agents.loop.replays import Replay, replay_of
from agents.loop.traces import answer_headers
from chatstream.domain.partitions import partition_of
from chatstream.domain.tracing import HeaderPair
from chatstream.errors import ErrorCode, PoisonKind, PoisonMessage, UserError
from infra.faust.app import ChatStreamApp
from infra.kafka.producer import Outgoing, send_all
from schemas import codec
from schemas.records import OutcomeRecord, WishRecord, encode
from schemas.streams import Stream

R = TypeVar("R", bound=WishRecord)
Store = TypeVar("Store")


@dataclass(frozen=True, slots=True)
class Asked(Generic[R]):
    """A wish as it was read, and its place."""

    record: R
    partition: int
    offset: int
    headers: tuple[HeaderPair, ...] = ()
    """Those of its answer: agents.loop.traces.answer_headers."""
    replay: Replay | None = None
    """Of a dead letter's record that was put back: it hears what becomes of the wish."""

    @property
    def cause(self) -> tuple[HeaderPair, ...]:
        """The headers of what else the wish leads to: its trace alone."""
        return self.headers[:1]


# What became of the wish at an index of the batch: a record, or its bytes as they were stored.
Answer = tuple[int, OutcomeRecord | bytes]


class WishSink(ABC, Generic[R, Store]):
    """See agents.loop.batching.Sink; one stream's wishes, each lane's carried out by its store.

    A sink brings what its context decides: `check`, `carry_out` and `refusal`. Here is what is the
    same for all: a wish that cannot be read, or lies in another partition than its key's (which has
    another line and perhaps another database), is poison; poison is dead-lettered, and when it
    names who waits, refused as `refused_as`. Every answer carries the trace of the wish that it
    answers, of a repeat that of the repeat.
    """

    stream: ClassVar[Stream]
    refused_as: ClassVar[ErrorCode] = ErrorCode.INVALID_INPUT

    def __init__(
        self,
        app: ChatStreamApp,
        stores: Mapping[str, Store],
        homes: Mapping[int, str] | None = None,
    ) -> None:
        """`stores` carry out the wishes of a lane each; `homes`: of a partition, None: of all."""
        self.app = app
        self.stores = stores
        self.homes = homes

    def lane_of(self, topic: str, partition: int) -> str:
        """The database that holds the partition."""
        return next(iter(self.stores)) if self.homes is None else self.homes[partition]

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Carry out the batch in one transaction and produce every outcome, facts in order."""
        asked = [self.parse(event) for event in batch]
        answers = await self.carry_out(lane, batch[-1].message.generation_id, asked)
        await self.tell(asked, answers)

    async def tell(
        self, asked: Sequence[Asked[R]], answers: Sequence[Answer], besides: Sequence[Outgoing] = ()
    ) -> list[tuple[int, OutcomeRecord]]:
        """Produce the answers, and after them what is told to others; durable on return.

        The answers as records; refusals among them are counted.
        """
        await send_all(self.app, [*self.told(asked, answers), *besides])
        told = [(index, self._record(outcome)) for index, outcome in answers]
        metrics.refused(self.stream.request.name, (record for _, record in told))
        for index, record in told:
            replay, code = asked[index].replay, getattr(record, "code", None)
            if replay is not None and code is not None:
                replay.refused(code)
        return told

    def _record(self, outcome: OutcomeRecord | bytes) -> OutcomeRecord:
        if not isinstance(outcome, bytes):
            return outcome
        record: OutcomeRecord = codec.decode(self.stream.response.name, outcome)
        return record

    def told(self, asked: Sequence[Asked[R]], answers: Sequence[Answer]) -> list[Outgoing]:
        """The answers as records of RESPONSE, each in the partition of its wish."""
        return [self._outgoing(asked[index], outcome) for index, outcome in answers]

    def _outgoing(self, asked: Asked[R], outcome: OutcomeRecord | bytes) -> Outgoing:
        body = outcome if isinstance(outcome, bytes) else encode(outcome)
        key = asked.record.key.encode()
        return Outgoing(self.stream.response.name, asked.partition, key, body, asked.headers)

    def parse(self, event: EventT) -> Asked[R]:
        """The wish of a record; PoisonMessage when it can never be carried out."""
        asked = self._read(event)
        count = self.app.conf.topic_partitions
        place = (partition_of(asked.record.key, count) + asked.record.spread) % count
        if place != asked.partition:
            key = self.stream.request.key
            told = f"the record lies in another partition than its {key}'s"
            raise PoisonMessage(told, PoisonKind.MISPLACED)
        try:
            self.check(asked.record)
        except (UserError, ValueError) as error:
            raise PoisonMessage(str(error)) from error
        return asked

    def _read(self, event: EventT) -> Asked[R]:
        record: R = codec.decode(self.stream.request.name, event.value)
        message = event.message
        return Asked(
            record, message.partition, message.offset, answer_headers(event), replay_of(event)
        )

    async def reject(
        self, event: EventT, reason: str, kind: PoisonKind = PoisonKind.INVALID
    ) -> None:
        """Dead-letter the record and, when it names its wish, refuse it; durable on return."""
        outgoing = [dead_letter(event, reason, kind)]
        refusals: list[OutcomeRecord] = []
        try:
            asked = self._read(event)
        except PoisonMessage:
            pass  # nothing in it names who waits; the dead letter holds the bytes
        else:
            refused = self.refusal(asked.record, self.refused_as, reason)
            outgoing.append(self._outgoing(asked, refused))
            refusals.append(refused)
        await send_all(self.app, outgoing)
        metrics.refused(self.stream.request.name, refusals)

    def check(self, record: R) -> None:
        """Raise UserError, ValueError or PoisonMessage for what can never be carried out."""

    @abstractmethod
    async def carry_out(
        self, lane: str, generation: int | None, asked: Sequence[Asked[R]]
    ) -> Sequence[Answer]:
        """Carry out the wishes in order, by the lane's store; every one is answered.

        Facts come first, by number. Raises what agents.loop.batching.Sink.process may raise.
        """

    @abstractmethod
    def refusal(self, record: R, code: ErrorCode, reason: str) -> OutcomeRecord:
        """The record that refuses the wish."""
