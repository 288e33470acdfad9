"""Password work in a small pool of threads: bcrypt releases the GIL, so the loop goes on."""

from __future__ import annotations

import asyncio
import base64
import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import TypeVar

import bcrypt
from zxcvbn import zxcvbn

from chatstream.errors import ErrorCode, UserError
from chatstream.settings import AuthSettings

T = TypeVar("T")

# zxcvbn takes no more; a longer password is judged by its first 72 characters.
_ESTIMATED = 72
_COMMON_BELOW = 2  # zxcvbn's scores 0 and 1: fewer than a million guesses


def _prepared(password: str) -> bytes:
    """44 bytes for a password of any length: bcrypt takes 72 bytes, 24 Korean syllables."""
    return base64.b64encode(sha256(password.encode()).digest())


class BcryptPasswords:
    """ports.Passwords: bcrypt over base64(SHA-256), common passwords by zxcvbn.

    At most `hash_threads` run and `hash_queue` wait; beyond that BUSY.
    """

    def __init__(self, settings: AuthSettings) -> None:
        self._cost = settings.bcrypt_cost
        self._threads = settings.hash_threads
        self._bound = settings.hash_threads + settings.hash_queue
        self._pool = ThreadPoolExecutor(settings.hash_threads, thread_name_prefix="password")
        self._under_way = 0
        # A well-formed hash that no password fits, verified when there is no account.
        self._nobody = bcrypt.gensalt(self._cost) + b"." * 31

    async def is_common(self, password: str, known: Sequence[str]) -> bool:
        """See ports.Passwords: true below a million guesses by zxcvbn's estimate."""
        return await self._run(lambda: _is_common(password, known))

    async def hash(self, password: str) -> str:
        """See ports.Passwords."""
        hashed = await self._run(
            lambda: bcrypt.hashpw(_prepared(password), bcrypt.gensalt(self._cost))
        )
        return hashed.decode()

    async def verify(self, password: str, hashed: str | None) -> bool:
        """See ports.Passwords."""
        against = self._nobody if hashed is None else hashed.encode()
        fits = await self._run(lambda: bcrypt.checkpw(_prepared(password), against))
        return fits and hashed is not None

    async def _run(self, work: Callable[[], T]) -> T:
        if self._under_way >= self._bound:
            wait = math.ceil(self._under_way / self._threads * 0.3)
            raise UserError(ErrorCode.BUSY, "too many passwords wait", retry_after=wait)
        self._under_way += 1
        try:
            future = asyncio.get_running_loop().run_in_executor(self._pool, work)
            future.add_done_callback(self._finished)
        except RuntimeError:  # the pool is closed
            self._under_way -= 1
            raise
        return await future

    def _finished(self, _: object) -> None:
        self._under_way -= 1

    def close(self) -> None:
        """Drop what waits and let the threads end; idempotent."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _is_common(password: str, known: Sequence[str]) -> bool:
    return int(zxcvbn(password[:_ESTIMATED], list(known))["score"]) < _COMMON_BELOW
