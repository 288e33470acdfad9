"""What is popular, and which day a view is of."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from chatstream.domain.content.popular import day_of, score


def test_a_like_counts_as_three_views() -> None:
    assert score(5, 2) == 11


@pytest.mark.parametrize(("hour", "day"), [(14, 1), (15, 2)])
def test_a_day_begins_at_midnight_in_korea(hour: int, day: int) -> None:
    assert day_of(datetime(2026, 3, 1, hour, 0, tzinfo=UTC)) == date(2026, 3, day)
