"""ports.post_copies.PostCopy in memory, without a clock that goes by itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from chatstream.errors import TransientFailure
from chatstream.ports.post_copies import CopyProof, Moment, Posts


@dataclass
class Copied:
    """A partition; without a cursor it is not whole."""

    cursor: int | None = None
    token: str | None = None
    posts: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    proof: tuple[str, int] | None = None
    settled: int = 0


class FakePostCopy:
    """`parts` is what it has; `asked` names each call, `is_away` lets it fail."""

    def __init__(self) -> None:
        self.parts: dict[int, Copied] = {}
        self.history = "h1"
        self.micros = 0
        self.is_away = False
        self.is_busy = False
        self.asked: list[str] = []

    async def apply(self, partition: int, since: int, upto: int, posts: Posts) -> int | None:
        part = self._asked("apply", partition)
        if part.cursor is None or not since <= part.cursor < upto:
            return part.cursor
        self._put(part, posts)
        part.cursor = upto
        return upto

    async def begin(self, partition: int, token: str) -> bool:
        self._asked("begin", partition)
        if not self.is_busy:
            self.parts[partition] = Copied(token=token)
        return not self.is_busy

    async def fill(self, partition: int, token: str, posts: Posts) -> bool:
        part = self._asked("fill", partition)
        if part.token == token:
            self._put(part, posts)
        return part.token == token

    async def finish(self, partition: int, token: str, cursor: int) -> bool:
        part = self._asked("finish", partition)
        if part.token != token:
            return False
        part.token, part.cursor = None, cursor
        return True

    async def now(self, partitions: Collection[int]) -> Moment:
        cursors = {each: self._asked("now", each).cursor for each in partitions}
        known = {each: cursor for each, cursor in cursors.items() if cursor is not None}
        return Moment(self.history, self.micros, known)

    async def prove(self, moment: Moment, proofs: Mapping[int, CopyProof]) -> int:
        proved = 0
        for partition, proof in proofs.items():
            part = self._asked("prove", partition)
            is_there = part.cursor is not None and part.cursor >= proof.head
            if moment.history == self.history and is_there:
                part.proof = (moment.history, moment.micros)
                part.settled = max(part.settled, proof.settled)
                proved += 1
        return proved

    def _asked(self, call: str, partition: int) -> Copied:
        if self.is_away:
            raise TransientFailure("redis: ConnectionError")
        self.asked.append(call)
        return self.parts.setdefault(partition, Copied())

    def _put(self, part: Copied, posts: Posts) -> None:
        for content_id, post in posts.items():
            if post is None:
                part.posts.pop(content_id, None)
            else:
                part.posts[content_id] = post
