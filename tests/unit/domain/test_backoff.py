"""Waits between tries: longer each time, bounded, and never the same for two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.backoff import Backoff, whole
from chatstream.settings import BatchSettings
from infra.elastic import templates
from infra.faust import reconnecting
from infra.postgres import databases
from tables.followed import generations
from web.edge import retrying

# Seconds after which a server that answers again is to be in use.
WITHIN = 5.0


@given(st.floats(0.01, 10), st.floats(0.01, 10), st.lists(st.floats(0, 1), max_size=40))
def test_waits_double_up_to_a_limit_and_lie_between_half_of_that_and_all(
    first: float, most: float, chances: list[float]
) -> None:
    drawn = iter(chances)
    backoff = Backoff(first, most, lambda: next(drawn))
    whole = min(first, most)
    for _ in chances:
        assert whole / 2 <= backoff.wait() <= whole <= most
        whole = min(2 * whole, most)


def test_without_chance_the_waits_are_whole() -> None:
    backoff = Backoff(0.1, 2.0, lambda: 1.0)
    assert [backoff.wait() for _ in range(6)] == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 2.0])


def test_those_who_lost_a_server_together_do_not_return_together() -> None:
    assert len({Backoff(0.1, 2.0).wait() for _ in range(50)}) == 50


@pytest.mark.parametrize(
    "most",
    [
        BatchSettings().retry_most,
        retrying.MOST,
        reconnecting.MOST,
        databases.MOST,
        templates.MOST,
        generations.MOST,
    ],
    ids=["lanes", "reads", "kafka", "postgres", "elasticsearch", "generations"],
)
def test_whoever_waits_uses_a_server_that_is_back_within_seconds(most: float) -> None:
    assert most < WITHIN


def test_waits_that_are_not_cut_begin_anew_when_something_was_found() -> None:
    backoff = Backoff(1.0, 10.0, whole)
    assert [backoff.wait() for _ in range(6)] == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]
    backoff.end()
    assert [backoff.wait() for _ in range(2)] == [1.0, 2.0]
