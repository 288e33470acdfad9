"""What a worker of `content` says of a post, and how it is asked."""

from __future__ import annotations

from typing import Any

import aiohttp
import msgspec


class HeldAnswer(msgspec.Struct, frozen=True):
    """The body."""

    post: dict[str, Any] | None
    age: float


decode = msgspec.json.Decoder(HeldAnswer).decode


async def get(client: aiohttp.ClientSession, url: str, within: float) -> tuple[int, bytes]:
    """Status and body; OSError when it does not answer in time."""
    timeout = aiohttp.ClientTimeout(total=within)
    try:
        async with client.get(url, timeout=timeout) as response:
            return response.status, await response.read()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise OSError(f"{type(error).__name__}") from error
