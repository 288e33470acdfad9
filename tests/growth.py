"""How the cost of something grows with the length of what it is given, by the thread's CPU time."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

TRIES = 5
# A busy machine is slow for a while: what looks wrong is looked at again, and better figures count.
TRIES_AT_MOST = 100
MOST = 3.0
# Below this a figure is made of the clock and of what a call costs, whatever it is given.
FLOOR = 0.00025


def grows_too_fast(
    work: Callable[[str], object], text_of: Callable[[int], str], lengths: tuple[int, ...]
) -> str | None:
    """What is wrong, or None: the longest may cost at most three times more per doubling.

    `lengths` double. They are measured in turn, so that all have the machine's good moments. The
    longest is held against the shortest, over all doublings at once: what grows by the square is
    then as far above the bound as what grows evenly is below it, and further from both than a
    busy machine's caches move a figure.
    """
    texts = [text_of(length) for length in lengths]
    best = [float("inf")] * len(texts)
    work(texts[0])  # what is made at the first call is no part of it
    with _undisturbed():
        for turn in range(1, TRIES_AT_MOST + 1):
            for place, text in enumerate(texts):
                if place < len(texts) - 1 or turn == 1 or not _fit(best):  # the longest costs most
                    best[place] = min(best[place], _cost(work, text))
            if turn >= TRIES and _fit(best):
                return None
    told = ", ".join(f"{1000 * cost:.2f} ms" for cost in best)
    return f"{told} at {', '.join(map(str, lengths))} characters"


def _fit(best: Sequence[float]) -> bool:
    doublings = len(best) - 1
    return best[-1] <= MOST**doublings * max(best[0], FLOOR)


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
