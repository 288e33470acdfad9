"""The table of posts into the copy that all fronts read, as it changes.

Counting never waits for the copy: what changed is noted, and brought there by a service of its own.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from mode import Service
from prometheus_client import Counter

from chatstream.domain.backoff import Backoff
from chatstream.domain.content.copying import Pending
from chatstream.domain.content.freshness import Clock
from chatstream.errors import TransientFailure
from chatstream.ports.post_copies import PostCopy, Posts
from tables.posts import PostTable

log = logging.getLogger(__name__)

EVERY = 0.25
"""Seconds between two looks at how far the copy is, where nothing changes."""
MOST = 2000
"""Posts that are written at once, more than a batch of facts has; beyond, all is filled anew."""
AT_ONCE = 50
"""Posts of a filling that are written at once: Redis does nothing else meanwhile."""
LONGEST_WAIT = 5.0

COPIED = Counter("chatstream_post_copy", "what became of the copy of posts", ["outcome"])


@dataclass
class Filling:
    """A partition that is written anew: by whom, and the last post that was."""

    token: str = field(default_factory=lambda: secrets.token_hex(8))
    last: str = ""


class Copying(Service):
    """Brings the copy of the partitions that can be read here to where their table is."""

    def __init__(
        self, posts: PostTable, copy: PostCopy, clock: Clock, every: float = EVERY
    ) -> None:
        super().__init__()
        self._posts = posts
        self._copy = copy
        self._clock = clock
        self._every = every
        self._pending: dict[int, Pending] = {}
        self._fillings: dict[int, Filling] = {}
        self._looked_at: dict[int, float] = {}
        self._doubted: set[int] = set()
        self._news = asyncio.Event()

    def changed(self, partition: int, facts: Sequence[Any]) -> None:
        """The table has these facts, which follow one another."""
        if partition not in self._pending:
            self._pending[partition] = Pending.at(facts[0].fact_no - 1)
        pending = self._pending[partition]
        pending.changed((fact.fact_no, fact.content_id) for fact in facts)
        if len(pending.posts) > MOST and partition not in self._fillings:
            pending.restart(pending.upto)
        self._news.set()

    def forget(self, partition: int) -> None:
        """Somebody else has written to the table: what is known of it here is not all."""
        self._pending.pop(partition, None)
        self._fillings.pop(partition, None)

    @property
    def is_filling(self) -> bool:
        """Whether a partition is being written anew."""
        return bool(self._fillings)

    def doubt(self, partition: int) -> None:
        """The copy is of another history than the line: it is made anew."""
        self._doubted.add(partition)
        self._news.set()

    @Service.task
    async def _copy_on(self) -> None:
        backoff = Backoff(self._every, LONGEST_WAIT)
        while not self.should_stop:
            self._news.clear()
            try:
                await self.copy()
            except TransientFailure as error:
                COPIED.labels("failed").inc()
                log.warning("posts are not copied: %s", error)
                await self.sleep(backoff.wait())
                continue
            backoff.end()
            if not self.is_filling:
                await self._wait_for_news()

    async def _wait_for_news(self) -> None:
        try:
            async with asyncio.timeout(self._every):
                await self._news.wait()
        except TimeoutError:
            return

    async def copy(self) -> None:
        """Once, every partition: what changed, or the next part of a filling."""
        readable = sorted(self._posts.readable())
        for gone in self._pending.keys() - set(readable):
            self.forget(gone)
        for partition in readable:
            if partition in self._posts.readable():  # it may have been taken away meanwhile
                await self._bring(partition)

    async def _bring(self, partition: int) -> None:
        filling = self._fillings.get(partition)
        if filling is not None:
            try:
                await self._fill_on(partition, filling)
            except TransientFailure:
                # What was sent may come later than what would be sent again: by another token.
                self._fillings.pop(partition, None)
                raise
            return
        if partition in self._doubted:
            log.warning("posts of partition %s are ahead of their line: copied anew", partition)
            await self._begin(partition)
            self._doubted.discard(partition)
            return
        pending = self._known(partition)
        now = self._clock()
        if not pending.posts and now - self._looked_at.get(partition, -self._every) < self._every:
            return
        self._looked_at[partition] = now
        since, upto = pending.since, pending.upto
        changed = self._states(partition, pending.posts)
        found = await self._copy.apply(partition, since, upto, changed)
        if found is None or found < since:
            await self._begin(partition)
            return
        pending.confirmed(found)
        COPIED.labels("written").inc(len(changed))

    def _known(self, partition: int) -> Pending:
        """What the copy lacks; from here on, where the table went on unseen."""
        cursor = self._posts.line.cursor(partition)
        pending = self._pending.setdefault(partition, Pending.at(cursor))
        if pending.upto < cursor:
            pending.restart(cursor)
        return pending

    def _states(self, partition: int, content_ids: Iterable[str]) -> Posts:
        found = self._posts.values(partition, content_ids)
        return {each: found[each][1] if each in found else None for each in content_ids}

    async def _begin(self, partition: int) -> None:
        filling = Filling()
        # Noted before anything is read: whatever changes from here on is written again.
        pending = self._known(partition)
        pending.restart(pending.upto)
        if await self._copy.begin(partition, filling.token):
            self._fillings[partition] = filling

    async def _fill_on(self, partition: int, filling: Filling) -> None:
        """The next posts of the table, then what changed meanwhile, then the end."""
        pending = self._known(partition)
        upto = pending.upto
        rows = self._posts.kept(partition, filling.last)
        part: Posts = {name: value[1] for name, value in islice(rows, AT_ONCE)}
        last = max(part, default=filling.last)
        if not part:
            part = self._states(partition, list(islice(pending.posts, AT_ONCE)))
        if part:
            if await self._copy.fill(partition, filling.token, part):
                filling.last = last
                pending.given(part, upto)
                return
        elif await self._copy.finish(partition, filling.token, upto):
            pending.confirmed(upto)
            COPIED.labels("filled").inc()
        if self._fillings.get(partition) is filling:
            del self._fillings[partition]


class CopiedPosts:
    """agents.stats.counters.Counter: the table, and word of what changed in it."""

    def __init__(self, posts: PostTable, copying: Copying) -> None:
        self.line = posts.line
        self._posts = posts
        self._copying = copying

    async def count(self, partition: int, cursor: int, facts: Sequence[Any]) -> int:
        """See Counter."""
        cursor = await self._posts.count(partition, cursor, facts)
        self._copying.changed(partition, facts)
        return cursor
