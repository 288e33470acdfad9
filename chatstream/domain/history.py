"""Which messages of a room a page shows.

The numbers of a room's messages are dense: 1, 2, … up to its head. So a page is a range of numbers.
"""

from __future__ import annotations


def page_around(seq: int, head: int, limit: int) -> tuple[int, int]:
    """The first and the last seq of the page of at most `limit` (≥ 1) messages around `seq` (≥ 1).

    As many before it as after it, one more after it where `limit` is even; what one side lacks the
    other has. Beyond the head it is the newest page. In an empty room the last is below the first.
    """
    first = min(seq, head) - (limit - 1) // 2
    first = max(1, min(first, head - limit + 1))
    return first, min(head, first + limit - 1)
