"""What a worker of `content` says of posts, and how it is asked."""

from __future__ import annotations

from typing import Any

import aiohttp
import msgspec

from chatstream.domain.content.author_pages import AuthorPart


class HeldAnswer(msgspec.Struct, frozen=True):
    """Of one post."""

    post: dict[str, Any] | None
    age: float


class HeldPage(msgspec.Struct, frozen=True):
    """Of an author: the partitions that are proved here, and their first posts together."""

    parts: tuple[AuthorPart, ...]
    posts: tuple[dict[str, Any], ...]


decode = msgspec.json.Decoder(HeldAnswer).decode
decode_page = msgspec.json.Decoder(HeldPage).decode


async def get(client: aiohttp.ClientSession, url: str, within: float) -> tuple[int, bytes]:
    """Status and body; OSError when it does not answer in time."""
    timeout = aiohttp.ClientTimeout(total=within)
    try:
        async with client.get(url, timeout=timeout) as response:
            return response.status, await response.read()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise OSError(f"{type(error).__name__}") from error
