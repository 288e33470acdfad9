"""Password work in a small pool of threads: bcrypt releases the GIL, so the loop goes on."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from threading import Lock
from typing import Protocol, TypeVar

import bcrypt
from zxcvbn import matching, zxcvbn

from chatstream.domain.keyboards import typed_keys
from chatstream.domain.passwords import (
    KOREAN_WORDS,
    is_korean_word,
    normalised,
    readings,
    spellings,
)
from chatstream.errors import ErrorCode, UserError
from chatstream.settings import AuthSettings
from infra.metrics import ReadGauge

T = TypeVar("T")

# zxcvbn's time grows without measure with what it is given (72 characters of punctuation that could
# stand for letters took half a minute), so it sees both ends of a longer password, not the whole.
_ESTIMATED = 16
PATIENCE = 4.0
_COMMON_BELOW = 2  # zxcvbn's scores 0 and 1: fewer than a million guesses
# zxcvbn keeps the words of a password's owner where all calls look: one at a time.
_one_at_a_time = Lock()

matching.add_frequency_lists({"korean": list(KOREAN_WORDS)})


def _prepared(password: str) -> bytes:
    """44 bytes for a password of any length: bcrypt takes 72 bytes, 24 Korean syllables."""
    return base64.b64encode(sha256(password.encode()).digest())


class HashQueue(Protocol):
    """Password work as it is told of."""

    @property
    def waiting(self) -> int:
        """How many wait for a thread."""
        ...


WAITING: ReadGauge[HashQueue] = ReadGauge(
    "chatstream_password_hashes_waiting",
    "logins and sign-ups whose password waits for a thread",
    [],
    lambda passwords: [((), passwords.waiting)],
)


class BcryptPasswords:
    """ports.secrets.Passwords: bcrypt over base64(SHA-256) of the NFC, common ones by zxcvbn.

    `hash_threads` run at a time and at most `hash_queue` wait, none longer than `PATIENCE`; whoever
    cannot begin by then gets BUSY.
    """

    def __init__(self, settings: AuthSettings) -> None:
        self._cost = settings.bcrypt_cost
        self._queue = settings.hash_queue
        self._pool = ThreadPoolExecutor(settings.hash_threads, thread_name_prefix="password")
        self._free = asyncio.Semaphore(settings.hash_threads)
        self._waiting = 0
        # A well-formed hash that no password fits, verified when there is no account.
        self._nobody = bcrypt.gensalt(self._cost) + b"." * 31
        WAITING.watch(self)

    @property
    def waiting(self) -> int:
        """How many wait for a thread."""
        return self._waiting

    async def is_common(self, password: str, known: Sequence[str]) -> bool:
        """See ports.secrets.Passwords: true below a million guesses by zxcvbn's estimate, and of
        Korean words as `is_korean_word` says."""
        return await self._run(lambda: _is_common(password, known))

    async def hash(self, password: str) -> str:
        """See ports.secrets.Passwords."""
        prepared = _prepared(normalised(password))
        hashed = await self._run(lambda: bcrypt.hashpw(prepared, bcrypt.gensalt(self._cost)))
        return hashed.decode()

    async def verify(self, password: str, hashed: str | None) -> bool:
        """See ports.secrets.Passwords."""
        against = self._nobody if hashed is None else hashed.encode()
        tried = list(map(_prepared, spellings(password)))
        fits = await self._run(lambda: any(bcrypt.checkpw(each, against) for each in tried))
        return fits and hashed is not None

    async def _run(self, work: Callable[[], T]) -> T:
        await self._begin()
        try:
            future = asyncio.get_running_loop().run_in_executor(self._pool, work)
        except BaseException:
            self._free.release()
            raise
        # The thread goes on when its caller is gone, so the place is free when the thread is.
        future.add_done_callback(lambda _: self._free.release())
        return await asyncio.shield(future)

    async def _begin(self) -> None:
        if self._waiting >= self._queue and self._free.locked():
            raise _busy()
        self._waiting += 1
        try:
            async with asyncio.timeout(PATIENCE):
                await self._free.acquire()
        except TimeoutError:
            raise _busy() from None
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Drop what waits and let the threads end; idempotent."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _busy() -> UserError:
    return UserError(ErrorCode.BUSY, "too many passwords wait", retry_after=PATIENCE)


def _is_common(password: str, known: Sequence[str]) -> bool:
    """Whether one of the ways to read the password is easily guessed.

    Of a longer one that only its ends are seen of, no other way: the keys of ten syllables and more
    are no common word.
    """
    if is_korean_word(password):
        return True
    words = list(dict.fromkeys([*known, *map(typed_keys, known)]))
    itself, *others = readings(password)
    seen_whole = [other for other in others if len(other) <= 2 * _ESTIMATED]
    return any(_is_guessed(reading, words) for reading in (itself, *seen_whole))


def _is_guessed(reading: str, words: Sequence[str]) -> bool:
    """Both ends are easily guessed: for up to 16 characters they are the whole."""
    ends = dict.fromkeys((reading[:_ESTIMATED], reading[-_ESTIMATED:]))
    with _one_at_a_time:
        return all(int(zxcvbn(end, list(words))["score"]) < _COMMON_BELOW for end in ends)
