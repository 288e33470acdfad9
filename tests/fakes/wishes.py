"""A WishSender that answers as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from chatstream.errors import UserError
from chatstream.ports.wishes import Ended, Logged
from infra import tracing
from tests.fakes.changes import Changes


class FakeWishes:
    """Wishes are answered at once: `answer` makes the outcome (or raises); `gate` holds it back.

    The nth wish lies at offset n. `changes` tells of every wish, and of every question whether
    there is room for one; `traces` are those that wishes were asked in, and `begun` are those that
    somebody who does not wait hears of.
    """

    def __init__(self, answer: Callable[[object], object], changes: Changes) -> None:
        self.answer = answer
        self.changes = changes
        self.asked: list[tuple[str, str, object, tuple[str, ...]]] = []
        self.traces: list[bytes | None] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.full = False
        self.begun: set[asyncio.Task[None]] = set()

    async def ask(self, topic: str, wish: Any, logged: Logged | None = None) -> object:
        self._note(topic, wish)
        if logged is not None:
            logged(0, len(self.asked))
        await self.gate.wait()
        return self.answer(wish)

    def begin(self, topic: str, wish: Any, ended: Ended) -> Callable[[], object]:
        self._note(topic, wish)
        task = asyncio.get_running_loop().create_task(self._answer(wish, ended))
        self.begun.add(task)
        task.add_done_callback(self._is_over)
        return task.cancel

    def _is_over(self, task: asyncio.Task[None]) -> None:
        self.begun.discard(task)
        self.changes.happened()

    def _note(self, topic: str, wish: Any) -> None:
        self.asked.append((topic, wish.key, wish, wish.identity))
        self.traces.append(tracing.current())
        self.changes.happened()

    async def _answer(self, wish: object, ended: Ended) -> None:
        await self.gate.wait()
        try:
            outcome = self.answer(wish)
        except UserError as error:
            outcome = error
        ended(outcome)

    def congested(self, key: str) -> bool:
        self.changes.happened()
        return self.full
