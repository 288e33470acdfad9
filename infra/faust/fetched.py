"""What fetches have brought, told at once to a reader whose loop is in another thread.

Faust asks its fetching thread by a queue of calls and the tasks that wait for it, and aiokafka lets
who asks wait by two tasks more: eight turns of the thread's loop for each fetch. Here a question is
one callback there, and is answered in the turn that has read the broker's answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import ConsumerStoppedError

from infra.at_once import at_once

Fetched = Mapping[Any, Sequence[Any]]


@dataclass(eq=False, slots=True)
class _Question:
    """What is waited for, on the fetching loop; `polling` tells aiokafka that somebody reads."""

    wanted: AbstractSet[Any] | None
    tell: Callable[[Fetched | Exception], None]
    polling: AbstractContextManager[None]
    expiry: asyncio.TimerHandle | None = None
    change: asyncio.Future[None] | None = None


class FetchedRecords:
    """Answers one reader at a time; `flows` tells whether records may be handed on just now.

    Made on the loop of the consumer, which must have started.
    """

    def __init__(
        self, consumer: AIOKafkaConsumer, most: int, flows: Callable[[], bool] = lambda: True
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._fetcher: Any = consumer._fetcher
        self._most = most
        self._flows = flows
        self._question: _Question | None = None

    async def take(self, wanted: AbstractSet[Any] | None, within: float) -> Fetched:
        """The records of these partitions (None: of all), as soon as there are some.

        On any loop. None after `within` seconds, and while none may be handed on. Raises what
        aiokafka's `getmany` raises. A question ends the one before it without an answer.
        """
        loop = asyncio.get_running_loop()
        told: asyncio.Future[Fetched] = loop.create_future()

        def tell(found: Fetched | Exception) -> None:
            loop.call_soon_threadsafe(_settle, told, found)

        self._loop.call_soon_threadsafe(self._ask, wanted, within, tell)
        try:
            return await told
        finally:
            if told.cancelled() and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._forget, tell)

    def look(self) -> None:
        """Answer, if somebody waits and there is something: a fetch has ended, on this loop."""
        question = self._question
        if question is None or self._fetcher._subscriptions.reassignment_in_progress:
            return  # what is there may belong to another worker by now
        try:
            found = at_once(self._fetcher.fetched_records(question.wanted, 0, self._most))
        except Exception as error:  # noqa: BLE001 (the reader's, whatever it is)
            self._answer(question, error)
            return
        if found:
            self._answer(question, found)

    def _forget(self, tell: Callable[[Fetched | Exception], None]) -> None:
        """Nobody waits for this any more: records stay where they are."""
        if self._question is not None and self._question.tell is tell:
            self._answer(self._question, {})

    def _ask(
        self,
        wanted: AbstractSet[Any] | None,
        within: float,
        tell: Callable[[Fetched | Exception], None],
    ) -> None:
        if self._question is not None:
            self._answer(self._question, {})
        polling = self._fetcher._subscriptions.fetch_context()
        polling.__enter__()
        question = self._question = _Question(wanted, tell, polling)
        if self._fetcher._closed:
            self._answer(question, ConsumerStoppedError())
        elif not self._flows():
            self._answer(question, {})
        else:
            self.look()
            if self._question is question:
                question.expiry = self._loop.call_later(within, self._answer, question, {})
                self._await_change(question)

    def _await_change(self, question: _Question) -> None:
        """aiokafka tells of new records, of its end, and of the group's faults."""
        question.change = self._fetcher._create_fetch_waiter()
        question.change.add_done_callback(partial(self._changed, question))

    def _changed(self, question: _Question, change: asyncio.Future[None]) -> None:
        if self._question is not question or change.cancelled():
            return
        error = change.exception()
        if isinstance(error, Exception):
            self._answer(question, error)
        elif self._fetcher._closed:
            self._answer(question, {})
        else:
            self.look()
            if self._question is question:
                self._await_change(question)

    def _answer(self, question: _Question, found: Fetched | Exception) -> None:
        self._question = None
        question.polling.__exit__(None, None, None)
        if question.expiry is not None:
            question.expiry.cancel()
        if question.change is not None:
            question.change.cancel()
        question.tell(found)


def _settle(told: asyncio.Future[Fetched], found: Fetched | Exception) -> None:
    if told.done():
        return  # whoever asked was cancelled
    if isinstance(found, Exception):
        told.set_exception(found)
    else:
        told.set_result(found)
