"""A WishSender that answers as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from chatstream.ports.wishes import Logged
from infra import tracing
from tests.fakes.changes import Changes


class FakeWishes:
    """Wishes are answered at once: `answer` makes the outcome (or raises); `gate` holds it back.

    The nth wish lies at offset n. `changes` tells of every wish, and of every question whether
    there is room for one; `traces` are those that wishes were asked in.
    """

    def __init__(self, answer: Callable[[object], object], changes: Changes) -> None:
        self.answer = answer
        self.changes = changes
        self.asked: list[tuple[str, str, object, tuple[str, ...]]] = []
        self.traces: list[bytes | None] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.full = False

    async def ask(self, topic: str, wish: Any, logged: Logged | None = None) -> object:
        self.asked.append((topic, wish.key, wish, wish.identity))
        self.traces.append(tracing.current())
        if logged is not None:
            logged(0, len(self.asked))
        self.changes.happened()
        await self.gate.wait()
        return self.answer(wish)

    def congested(self, key: str) -> bool:
        self.changes.happened()
        return self.full
