"""How the cost of something grows with the length of what it is given, by the thread's CPU time."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

TRIES = 5
MOST = 3.0
# Below this a figure is made of the clock and of what a call costs, whatever it is given.
FLOOR = 0.0005


def grows_too_fast(
    work: Callable[[str], object], text_of: Callable[[int], str], lengths: tuple[int, ...]
) -> str | None:
    """What is wrong, or None: at each doubling the best of five may be at most three times more.

    `lengths` double. One that costs too little to be told is given again until it can be.
    """
    work(text_of(lengths[0]))  # what is made at the first call is no part of it
    with _undisturbed():
        before = _best(work, text_of(lengths[0]), 0.0)
        for length in lengths[1:]:
            most = MOST * max(before, FLOOR)
            cost = _best(work, text_of(length), most if length == lengths[-1] else 0.0)
            if cost > most:
                told = f"{1000 * before:.2f} ms, then {1000 * cost:.2f} ms"
                return f"{told} at {length} characters"
            before = cost
    return None


def _best(work: Callable[[str], object], text: str, enough: float) -> float:
    """The least of five; of fewer once it is no more than `enough`, for more could only be less."""
    best = float("inf")
    for _ in range(TRIES):
        start = time.thread_time()
        work(text)
        best = min(best, time.thread_time() - start)
        if best <= enough:
            break
    return best


@contextmanager
def _undisturbed() -> Iterator[None]:
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
