"""A copy of the posts beside the table, in a server that all workers and fronts reach."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

# By id, as everybody sees it; None when there is nothing to be seen.
Posts = Mapping[str, Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of the copy's server, and how far each of its partitions was then at least.

    `history` is another one after a restart and after a failover: a moment of one says nothing in
    another. `micros` is the server's own clock. A partition without a cursor is not whole.
    """

    history: str
    micros: int
    cursors: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class CopyProof:
    """The head of the line, and up to where its facts are settled once the copy has come there."""

    head: int
    settled: int


class PostCopy(Protocol):
    """The writing side. Each call is done whole or not at all, and may be repeated.

    All raise TransientFailure when the server does not answer in time; then nobody knows.
    """

    async def apply(self, partition: int, since: int, upto: int, posts: Posts) -> int | None:
        """From a cursor between the two, the former included, to `upto`; the cursor after it.

        `posts` are all that changed in these facts, as of `upto` or later. Where the copy is before
        `since`, or is not whole (None), or has come to `upto` already, nothing changes.
        """
        ...

    async def begin(self, partition: int, token: str) -> bool:
        """Empty the partition, to be filled by whoever has the token.

        False while another one fills it, who gave a sign of life in the last seconds.
        """
        ...

    async def fill(self, partition: int, token: str, posts: Posts) -> bool:
        """Add or replace these; False when the partition is not filled by this token any more."""
        ...

    async def finish(self, partition: int, token: str, cursor: int) -> bool:
        """It is whole, as of this fact or later; False as `fill`."""
        ...

    async def now(self, partitions: Collection[int]) -> Moment:
        """A moment between the call and its end."""
        ...

    async def prove(self, moment: Moment, proofs: Mapping[int, CopyProof]) -> int:
        """The heads, read after the moment, prove every partition that has come to its own.

        How many; none where the history is another one by now.
        """
        ...
