"""The copy of the posts in Redis, as the workers of `content` write and prove it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import msgspec

from chatstream.errors import TransientFailure
from chatstream.ports.post_copies import CopyProof, Moment, Posts
from infra.redis import post_scripts as scripts
from infra.redis.client import RedisServer
from infra.redis.post_scripts import LEASE, key_of

_encode = msgspec.json.Encoder().encode


class RedisPostCopy:
    """ports.post_copies.PostCopy; each call is one script."""

    def __init__(self, server: RedisServer, lease: float = LEASE) -> None:
        self._server = server
        self._lease = int(lease * 1_000_000)

    async def apply(self, partition: int, since: int, upto: int, posts: Posts) -> int | None:
        """See ports.post_copies.PostCopy."""
        found = await self._server.call(
            scripts.APPLY, [key_of(partition)], since, upto, *_pairs(posts)
        )
        return None if found is None else int(found)

    async def begin(self, partition: int, token: str) -> bool:
        """See ports.post_copies.PostCopy."""
        return bool(await self._server.call(scripts.BEGIN, [key_of(partition)], token, self._lease))

    async def fill(self, partition: int, token: str, posts: Posts) -> bool:
        """See ports.post_copies.PostCopy."""
        return bool(
            await self._server.call(scripts.FILL, [key_of(partition)], token, *_pairs(posts))
        )

    async def finish(self, partition: int, token: str, cursor: int) -> bool:
        """See ports.post_copies.PostCopy."""
        return bool(await self._server.call(scripts.FINISH, [key_of(partition)], token, cursor))

    async def now(self, partitions: Collection[int]) -> Moment:
        """See ports.post_copies.PostCopy; a replica has no moments."""
        asked = list(partitions)
        history, micros, *cursors = await self._server.call(scripts.NOW, _keys(asked))
        if not history:
            raise TransientFailure("redis: the server is a replica")
        held = {each: at for each, at in zip(asked, cursors, strict=True) if at >= 0}
        return Moment(history.decode(), micros, held)

    async def prove(self, moment: Moment, proofs: Mapping[int, CopyProof]) -> int:
        """See ports.post_copies.PostCopy."""
        numbers = [number for each in proofs.values() for number in (each.head, each.settled)]
        return int(
            await self._server.call(
                scripts.PROVE, _keys(proofs), moment.history, moment.micros, *numbers
            )
        )


def _keys(partitions: Collection[int]) -> list[str]:
    return [key_of(each) for each in partitions]


def _pairs(posts: Posts) -> Iterator[str | bytes]:
    for content_id, post in posts.items():
        yield content_id
        yield b"" if post is None else _encode(post)
