"""A paused process does not go on as if nothing had been."""

from __future__ import annotations

import threading

import pytest

from chatstream.errors import Fenced
from infra.faust.pauses import PauseWatch


class Clock:
    def __init__(self) -> None:
        self.now = 100.0
        self.asked = threading.Event()

    def __call__(self) -> float:
        self.asked.set()
        return self.now


def test_a_pause_is_seen_by_whoever_asks_first() -> None:
    clock = Clock()
    watch = PauseWatch(6.0, clock)
    clock.now += 6.1
    with pytest.raises(Fenced):
        watch.check()


def test_a_pause_that_the_thread_saw_is_not_forgotten() -> None:
    clock = Clock()
    watch = PauseWatch(6.0, clock)
    clock.now += 6.1
    watch.note()
    clock.now += 0.1
    with pytest.raises(Fenced):
        watch.check()


def test_a_new_assignment_ends_it() -> None:
    clock = Clock()
    watch = PauseWatch(6.0, clock)
    clock.now += 6.1
    watch.note()
    watch.forget()
    watch.check()


def test_short_pauses_are_nothing() -> None:
    clock = Clock()
    watch = PauseWatch(6.0, clock)
    for _ in range(10):
        clock.now += 5.9
        watch.check()


def test_the_thread_notes_the_time_by_itself() -> None:
    clock = Clock()
    watch = PauseWatch(0.01, clock)
    watch.start()
    clock.asked.clear()
    assert clock.asked.wait(10)
    watch.stop()
