"""How the cost of something grows with the length of what it is given, by the thread's CPU time."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

TRIES = 5
# A busy machine is slow for a while: what looks wrong is looked at again, and better figures count.
TRIES_AT_MOST = 100
MOST = 3.0
# Of one doubling: work that grows by the square from some length on takes four times as long there,
# whatever it took before.
MOST_AT_ONCE = 3.5
# Below this a figure is made of the clock and of what a call costs, whatever it is given.
FLOOR = 0.00025


def grows_too_fast(
    work: Callable[[str], object], text_of: Callable[[int], str], lengths: tuple[int, ...]
) -> str | None:
    """What is wrong, or None: the longest may cost at most three times more per doubling.

    `lengths` double. They are measured in turn, so that all have the machine's good moments. The
    longest is held against the shortest: over all doublings what grows by the square is further
    above the bound, and what grows evenly further below it, than a busy machine moves a figure. A
    single doubling has a bound of its own, which leaves that machine room.
    """
    texts = [text_of(length) for length in lengths]
    best = [float("inf")] * len(texts)
    work(texts[0])  # what is made at the first call is no part of it
    with _undisturbed():
        for turn in range(1, TRIES_AT_MOST + 1):
            for place, text in enumerate(texts):
                if place < len(texts) - 1 or turn == 1 or not fits(best):  # the longest costs most
                    best[place] = min(best[place], _cost(work, text))
            if turn >= TRIES and fits(best):
                return None
    told = ", ".join(f"{1000 * cost:.2f} ms" for cost in best)
    return f"{told} at {', '.join(map(str, lengths))} characters"


def fits(best: Sequence[float]) -> bool:
    """Whether these costs, in seconds at doubling lengths, grow evenly enough."""
    costs = [max(cost, FLOOR) for cost in best]
    return costs[-1] <= MOST ** (len(costs) - 1) * costs[0] and all(
        after <= MOST_AT_ONCE * before for before, after in pairwise(costs)
    )


def _cost(work: Callable[[str], object], text: str) -> float:
    start = time.thread_time()
    work(text)
    return time.thread_time() - start


@contextmanager
def _undisturbed() -> Iterator[None]:
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
