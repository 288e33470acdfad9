"""Python's cyclic garbage collector, for a process that serves.

A full collection looks at every object there is: 70 ms for those of a worker that just started,
in which nobody is served. What is in no cycle is freed at once, whatever is set here.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Objects made more than freed before the youngest are looked through; how many times until those
# that were left are; and how many times that until all are. Python's own 700 look through a
# batch's counts a dozen times while it is counted.
_YOUNGEST = 20_000
_OLDER = (10, 5)


@contextmanager
def uncollected() -> Iterator[None]:
    """Nothing is collected meanwhile, seldom afterwards, and never what is there at the end.

    For imports: they make a million objects that stay until the process ends.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(_YOUNGEST, *_OLDER)
        gc.enable()


def pass_over_what_is_there() -> None:
    """Collect once, and never look again at what is left; for a process that has started."""
    gc.collect()
    gc.freeze()
