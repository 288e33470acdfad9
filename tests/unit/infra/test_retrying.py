"""One loop tries again: what, for how long, at which pace, and what ends it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.backoff import Backoff
from chatstream.errors import ErrorCode, TransientFailure, UserError
from infra.retrying import retried
from web.edge import retrying
from web.edge.retrying import patiently


class Server:
    """Away for so many tries; its answer is the number of the one that went through."""

    def __init__(self, away: int, failure: Callable[[], Exception] = TransientFailure) -> None:
        self.away = away
        self.failure = failure
        self.tried = 0

    async def ask(self) -> int:
        self.tried += 1
        if self.tried <= self.away:
            raise self.failure()
        return self.tried


class Waiting:
    """Waits that take no time, and what was told before each."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.told: list[tuple[str, float]] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def tell(self, error: Exception, seconds: float) -> None:
        self.told.append((type(error).__name__, seconds))


def backoff() -> Backoff:
    return Backoff(0.1, 2.0, lambda: 1.0)


@given(st.integers(0, 200))
async def test_whatever_the_outage_it_is_tried_until_it_goes_well_and_each_wait_is_told(
    away: int,
) -> None:
    server, waiting = Server(away), Waiting()
    answer = await retried(server.ask, backoff(), told=waiting.tell, sleep=waiting.sleep)
    assert answer == server.tried == away + 1
    pace = backoff()
    assert waiting.slept == [pace.wait() for _ in range(away)]
    assert waiting.told == [("TransientFailure", seconds) for seconds in waiting.slept]


async def test_an_attempt_may_be_any_call_that_gives_an_awaitable() -> None:
    # tenacity awaits what a coroutine function gives, and hands on what a lambda gives.
    server, waiting = Server(2), Waiting()
    assert await retried(lambda: server.ask(), backoff(), sleep=waiting.sleep) == 3  # noqa: PLW0108


async def test_another_failure_comes_through_at_once() -> None:
    server, waiting = Server(1, lambda: KeyError("x")), Waiting()
    with pytest.raises(KeyError):
        await retried(server.ask, backoff(), sleep=waiting.sleep)
    assert (server.tried, waiting.slept) == (1, [])
    assert await retried(Server(1, KeyError).ask, backoff(), on=KeyError, sleep=waiting.sleep) == 2


async def test_within_a_time_the_last_failure_is_raised_and_no_try_is_later() -> None:
    server = Server(10**6)
    began = asyncio.get_running_loop().time()
    with pytest.raises(TransientFailure):
        await retried(server.ask, Backoff(0.001, 0.02), within=0.5)
    assert asyncio.get_running_loop().time() - began < 10
    assert server.tried > 2
    late = Server(10**6)
    with pytest.raises(TransientFailure):
        await retried(late.ask, Backoff(60, 60), within=1.0)
    assert late.tried == 1


async def test_what_ends_the_wait_ends_the_tries() -> None:
    class ShutdownError(Exception):
        """Whoever waits is to end."""

    async def ended(_seconds: float) -> None:
        raise ShutdownError

    server = Server(5)
    with pytest.raises(ShutdownError):
        await retried(server.ask, backoff(), sleep=ended)
    assert server.tried == 1


async def test_a_task_that_is_cancelled_tries_no_more() -> None:
    server = Server(10**6)
    task = asyncio.create_task(retried(server.ask, Backoff(0.001, 0.001)))
    while server.tried < 3:  # noqa: ASYNC110 (the loop gives no sign)
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    tried = server.tried
    await asyncio.sleep(0.01)
    assert server.tried == tried


async def test_a_reader_hears_that_the_store_is_away_when_its_time_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retrying, "FIRST", 0.001)
    assert await patiently(Server(3).ask) == 4
    with pytest.raises(UserError) as refused:
        await patiently(Server(10**6).ask, within=0.05)
    assert refused.value.code is ErrorCode.STORE_UNAVAILABLE
