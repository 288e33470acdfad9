"""The command `log rebuild`: the search's documents made anew from Postgres while the old serve.

The lines of facts are followed in Postgres: for each fact the message that it is about, as it is
at that moment. First everything, then what came meanwhile, again until that is little; the last of
it while writes into the old indices wait, so that nothing is in them that is not in the new ones.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from agents.log_documents import searched
from chatstream.domain.documents import IndexedMessage
from chatstream.errors import ChatStreamError
from chatstream.ports.counting import Tokenizer
from infra.elastic.fresh_months import FreshMonths
from infra.postgres.present_messages import PresentMessages

SLICE = 500
"""Facts of one read."""

PASSES = 20
"""Before the last one at most; each is as short as the facts were many during the one before."""

_SAY_EVERY = 5.0

Say = Callable[[str], None]


class LogRebuildError(ChatStreamError):
    """The rebuild has ended too early; what serves is as it was."""


class LogRebuild:
    """One run; what goes wrong before the switch has changed nothing that is searched."""

    def __init__(
        self, messages: PresentMessages, fresh: FreshMonths, tokenizer: Tokenizer, say: Say
    ) -> None:
        self._messages = messages
        self._fresh = fresh
        self._tokenizer = tokenizer
        self._say = say
        self._reached: dict[int, int] = {}
        self._said = time.monotonic()

    async def run(self, *, fewer: bool = False) -> int:
        """Fill and switch; how many months serve anew.

        Raises LogRebuildError when fewer documents would serve than before, unless `fewer` allows
        it; ConfigurationError when a document is refused or another run interferes;
        TransientFailure when a store is away. Run again, it goes on where it was.
        """
        self._reached = dict(await self._fresh.begin())
        if any(self._reached.values()):
            self._say(f"goes on behind {sum(self._reached.values())} facts")
        for _ in range(PASSES):
            if await self._follow() <= SLICE:
                break
        async with self._fresh.held_back():
            await self._follow()
            await self._check_counts(fewer=fewer)
            await self._fresh.switch()
        for name, index in sorted(self._fresh.targets.items()):
            self._say(f"{name}: switched to {index}")
        return len(self._fresh.targets)

    async def _follow(self) -> int:
        """Bring every line to its head of this moment; how many facts that were."""
        heads, done = await self._messages.heads(), 0
        for partition, head in sorted(heads.items()):
            for after in range(self._reached.get(partition, 0), head, SLICE):
                upto = min(after + SLICE, head)
                await self._copy(partition, after, upto)
                self._reached[partition] = upto
                done += upto - after
                await self._tell(heads)
        await self._fresh.note(self._reached)
        return done

    async def _copy(self, partition: int, after: int, upto: int) -> None:
        said = await self._messages.touched(partition, after, upto)
        await self._write(said)
        # Who was erased since the read was perhaps looked for here before this was written; who is
        # erased later is looked for later.
        authors = {each.account_id for each in said if not each.is_erased}
        if authors and await self._messages.erased(partition, authors):
            await self._write(await self._messages.touched(partition, after, upto))

    async def _write(self, said: Sequence[IndexedMessage]) -> None:
        await self._fresh.write([searched(each, self._tokenizer) for each in said])

    async def _tell(self, heads: Mapping[int, int]) -> None:
        if time.monotonic() - self._said < _SAY_EVERY:
            return
        self._said = time.monotonic()
        await self._fresh.note(self._reached)
        self._say(f"{sum(self._reached.values())} of {sum(heads.values())} facts")

    async def _check_counts(self, *, fewer: bool) -> None:
        for name, (before, after) in sorted((await self._fresh.counts()).items()):
            self._say(f"{name}: {before} documents served, {after} shall")
            if after < before and not fewer:
                raise LogRebuildError(
                    f"{name} would lose {before - after} documents that Postgres does not know:"
                    " is it the right database? With --fewer they go"
                )
