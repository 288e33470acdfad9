"""Python's cyclic garbage collector, for a process that holds and replaces many small objects."""

from __future__ import annotations

import gc

# Objects made more than freed before the youngest are looked through; then how often the next
# generation is. Python's own 700 look through a batch's counts a dozen times while it is counted.
_YOUNGEST = 20_000
_OLDER = (20, 10)


async def collect_rarely() -> None:
    """Collect seldom, and never what is there now; what is not in a cycle is freed at once."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNGEST, *_OLDER)
