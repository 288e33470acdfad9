"""Waiting until every database that copies a fact has it, before somebody is told of it.

Rooms are judged by copies of accounts, blocks and mutes that lie beside them, and these come a
moment after the fact; other contexts keep copies too. What one person does about another is
answered only when nobody can be judged by the old state any more. Nothing waits but the call that
asks.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from chatstream.errors import ErrorCode, TransientFailure, UserError
from chatstream.ports.copies import CopiedFact, CopyReader

log = logging.getLogger(__name__)

RETRY_AFTER = 1.0
# Seconds before the first look, and between two at most. A fact is copied after two fetches and two
# batches: some tens of milliseconds.
PAUSES = (0.02, 0.5)


def pause_of(age: float, pauses: tuple[float, float] = PAUSES) -> float:
    """Seconds until the next look, when the youngest question is `age` seconds old.

    Half its age, within `pauses`: who has waited for long asks rarely, and hears by half as late
    again.
    """
    first, most = pauses
    return min(max(age / 2, first), most)


@dataclass(slots=True)
class _Question:
    """A fact that somebody waits for; `waiters` may be several who ask for the same one."""

    since: float
    found: asyncio.Future[None]
    waiters: int = 0


@dataclass(slots=True)
class _Watch:
    """The questions of this process to one database: one statement for all of them at a time."""

    name: str
    reader: CopyReader
    pauses: tuple[float, float]
    questions: dict[CopiedFact, _Question] = field(default_factory=dict)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    looking: asyncio.Task[None] | None = None

    async def until(self, fact: CopiedFact) -> None:
        """Returns when the fact, or a later one of its subject, is there."""
        loop = asyncio.get_running_loop()
        question = self.questions.get(fact)
        if question is None:
            question = self.questions[fact] = _Question(loop.time(), loop.create_future())
            self.asked.set()
        if self.looking is None or self.looking.done():
            self.looking = asyncio.create_task(self._look())
        question.waiters += 1
        try:
            await asyncio.shield(question.found)
        finally:
            question.waiters -= 1
            if question.waiters == 0 and self.questions.get(fact) is question:
                del self.questions[fact]
                question.found.cancel()

    async def _look(self) -> None:
        while self.questions:
            await self._pause()
            facts = list(self.questions)
            try:
                self._answer(await self.reader.applied(facts) if facts else ())
            except TransientFailure as error:
                log.info("the copies in %s cannot be read now: %s", self.name, error)
            except Exception as error:  # noqa: BLE001 (who waits is to hear of it)
                self._fail(error)

    async def _pause(self) -> None:
        now = asyncio.get_running_loop().time()
        youngest = max(question.since for question in self.questions.values())
        self.asked.clear()
        try:
            async with asyncio.timeout(pause_of(now - youngest, self.pauses)):
                await self.asked.wait()
        except TimeoutError:
            return
        await asyncio.sleep(self.pauses[0])

    def _answer(self, facts: Collection[CopiedFact]) -> None:
        for fact in facts:
            question = self.questions.pop(fact, None)
            if question is not None and not question.found.done():
                question.found.set_result(None)

    def _fail(self, error: Exception) -> None:
        questions, self.questions = self.questions, {}
        for question in questions.values():
            if not question.found.done():
                question.found.set_exception(error)


class Copies:
    """The copies in all databases; a call has `within` seconds from its beginning."""

    def __init__(
        self,
        readers: Mapping[str, CopyReader],
        within: float,
        pauses: tuple[float, float] = PAUSES,
    ) -> None:
        self._within = within
        self._watches = [_Watch(name, reader, pauses) for name, reader in readers.items()]

    def deadline(self) -> float:
        """When a call that begins now is to be answered, by the running loop's clock."""
        return asyncio.get_running_loop().time() + self._within

    async def until(self, fact: CopiedFact, deadline: float) -> None:
        """Returns when every database that copies facts of this kind judges by it.

        After `deadline` UserError STORE_UNAVAILABLE: the fact is stored and will hold, so the call
        may be repeated.
        """
        try:
            async with asyncio.timeout_at(deadline), asyncio.TaskGroup() as group:
                for watch in self._watches:
                    if isinstance(fact, watch.reader.kinds):
                        group.create_task(watch.until(fact))
        except TimeoutError as error:
            raise UserError(
                ErrorCode.STORE_UNAVAILABLE,
                "stored, but a database does not judge by it yet",
                retry_after=RETRY_AFTER,
            ) from error
