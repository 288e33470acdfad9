"""A pace: at least so long from one beginning to the next, alone or at common moments."""

from __future__ import annotations

import asyncio

import pytest

from infra.pacing import Pace, Pacer, to_common_moment


class Time:
    """A clock that sleeping moves on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr("infra.pacing.time.monotonic", lambda: self.now)
        monkeypatch.setattr(asyncio, "sleep", self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.now += seconds


async def begun(pacer: Pacer, clock: Time, held: int = 1) -> float:
    await pacer.begin()
    pacer.held(held)
    return clock.now


async def test_after_one_that_held_enough_the_next_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, pacer = Time(monkeypatch), Pacer(Pace(0.5, 2))
    assert await begun(pacer, clock, held=1) == 100.0
    assert await begun(pacer, clock, held=2) == 100.0
    assert await begun(pacer, clock, held=2) == 100.5
    clock.now += 3
    assert await begun(pacer, clock) == 103.5


async def test_those_together_begin_at_the_same_moments_and_none_too_soon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Time(monkeypatch)
    pacers = [Pacer(Pace(0.5, 1, together=True)) for _ in range(3)]
    for number, pacer in enumerate(pacers):
        clock.now = 100.0 + number / 8
        # Nobody waits while nothing was there.
        assert await begun(pacer, clock) == clock.now
    for turn in range(3):
        moments = []
        for pacer in pacers:
            clock.now = 100.3 + turn / 2
            moments.append(await begun(pacer, clock))
        assert moments[1:] == pytest.approx([101.0 + turn / 2] * 2)
        assert moments[0] == pytest.approx(100.5 + turn / 2)


@pytest.mark.parametrize("now", [0.0, 0.1, 0.24, 0.25, 0.4999, 0.5, 7.3, 123.456])
def test_common_moments_are_an_interval_apart_and_none_is_taken_twice(now: float) -> None:
    wait = to_common_moment(0.5, now)
    assert 0.25 <= wait <= 0.75
    moment = now + wait
    assert moment / 0.5 == pytest.approx(round(moment / 0.5))
    for woken in (moment - 0.001, moment, moment + 0.02):
        assert woken + to_common_moment(0.5, woken) == pytest.approx(moment + 0.5)
