"""Trying a read again while its store is away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from chatstream.domain.backoff import Backoff
from chatstream.errors import ErrorCode, TransientFailure, UserError
from infra.retrying import retried

T = TypeVar("T")

FIRST = 0.1
MOST = 2.0


async def patiently(read: Callable[[], Awaitable[T]], *, within: float | None = None) -> T:
    """The result of `read`, tried again after every TransientFailure, ever slower.

    `within` seconds (None: for ever) it gives up with STORE_UNAVAILABLE.
    """
    try:
        return await retried(read, Backoff(FIRST, MOST), within=within)
    except TransientFailure as error:
        raise UserError(ErrorCode.STORE_UNAVAILABLE, "the store is away") from error
