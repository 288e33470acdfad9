"""How long somebody rests between two looks."""

from __future__ import annotations

from chatstream.domain.lull import Lull


def test_waits_double_up_to_the_longest_and_begin_anew_when_something_was_found() -> None:
    lull = Lull(1.0, 10.0)
    assert [lull.wait() for _ in range(6)] == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]
    lull.end()
    assert [lull.wait() for _ in range(2)] == [1.0, 2.0]
