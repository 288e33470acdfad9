"""The HTML of bodies, made once for those that are read often, beside the event loop."""

from __future__ import annotations

import asyncio
from functools import lru_cache

from web.contents.markdown import html_of

_SHORT = 2_000
"""Characters that take less time than to hand them to a thread and wait."""

_kept = lru_cache(maxsize=256)(html_of)


async def rendered(body: str) -> str:
    """What `html_of` makes of the body; other calls are answered meanwhile."""
    if len(body) <= _SHORT:
        return _kept(body)
    return await asyncio.to_thread(_kept, body)
