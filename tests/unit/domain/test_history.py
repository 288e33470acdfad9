"""The page around a message holds it, in the middle, and is as full as the room allows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.history import page_around

SEQS = st.integers(1, 300)
LIMITS = st.integers(1, 60)


@pytest.mark.parametrize(
    ("seq", "head", "limit", "page"),
    [
        pytest.param(500, 1000, 51, (475, 525), id="in the middle"),
        pytest.param(500, 1000, 50, (476, 525), id="one more after it"),
        pytest.param(1, 1000, 50, (1, 50), id="at the beginning"),
        pytest.param(998, 1000, 50, (951, 1000), id="at the end"),
        pytest.param(2, 3, 50, (1, 3), id="a short room"),
        pytest.param(2**53, 1000, 50, (951, 1000), id="beyond the head"),
        pytest.param(7, 9, 1, (7, 7), id="only itself"),
        pytest.param(1, 0, 50, (1, 0), id="an empty room"),
    ],
)
def test_a_page_is_these_messages(seq: int, head: int, limit: int, page: tuple[int, int]) -> None:
    assert page_around(seq, head, limit) == page


@given(SEQS, SEQS, LIMITS)
def test_the_page_holds_the_message_and_is_full(seq: int, head: int, limit: int) -> None:
    first, last = page_around(seq, head, limit)
    assert 1 <= first <= min(seq, head) <= last <= head
    assert last - first + 1 == min(limit, head)


@given(SEQS, SEQS, LIMITS)
def test_it_is_in_the_middle_unless_an_end_is_near(seq: int, head: int, limit: int) -> None:
    first, last = page_around(seq, head, limit)
    if first > 1 and last < head:
        assert (last - seq) - (seq - first) in (0, 1)
