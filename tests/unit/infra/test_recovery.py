"""The quick recovery says what Faust's says."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any

from faust.tables.recovery import Recovery
from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st

from infra.kafka.recovery import QuickRecovery

OFFSETS = st.lists(st.tuples(st.integers(-1, 3), st.none() | st.integers(-1, 3)), max_size=6)


def recovery(offsets: list[tuple[int, int | None]]) -> Any:
    """As much of a recovery as the two answers need; (offset, highwater) of each partition."""
    tps = [TP("changelog", number) for number in range(len(offsets))]
    highwaters = {tp: high for tp, (_, high) in zip(tps, offsets, strict=True)}
    held = Counter({tp: offset for tp, (offset, _) in zip(tps, offsets, strict=True)})
    return SimpleNamespace(active_highwaters=highwaters, active_offsets=held)


@given(st.lists(OFFSETS, min_size=1, max_size=3))
def test_it_ends_when_fausts_would(looks: list[list[tuple[int, int | None]]]) -> None:
    quick = QuickRecovery.__new__(QuickRecovery)
    for offsets in looks:
        state = recovery(offsets)
        vars(quick).update(vars(state))
        state.active_remaining = lambda state=state: Recovery.active_remaining(state)
        assert quick.need_recovery() == Recovery.need_recovery(state)


@given(st.lists(st.tuples(st.integers(-1, 3), st.integers(-1, 3)), max_size=6))
def test_standbys_lack_what_faust_says(offsets: list[tuple[int, int]]) -> None:
    quick = QuickRecovery.__new__(QuickRecovery)
    tps = [TP("changelog", number) for number in range(len(offsets))]
    vars(quick).update(
        standby_highwaters=Counter({tp: high for tp, (_, high) in zip(tps, offsets, strict=True)}),
        standby_offsets=Counter({tp: held for tp, (held, _) in zip(tps, offsets, strict=True)}),
    )
    assert quick.standby_remaining_total() == sum(Recovery.standby_remaining(quick).values())
