"""A burst at once, then a steady rate."""

from __future__ import annotations

import pytest

from chatstream.domain.rates import TokenBucket
from chatstream.settings import LimitSettings
from web.rates import MessageRates


def test_a_burst_passes_and_then_one_at_a_time() -> None:
    bucket = TokenBucket(rate=10.0, burst=3, now=0.0)
    assert [bucket.take(0.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert bucket.take(0.0) == pytest.approx(0.1)
    assert bucket.take(0.05) == pytest.approx(0.05)
    assert bucket.take(0.1) == 0.0
    assert bucket.take(0.1) > 0


def test_a_rest_fills_the_bucket_and_no_more() -> None:
    bucket = TokenBucket(rate=1.0, burst=2, now=0.0)
    assert bucket.full(0.0)
    bucket.take(0.0)
    assert not bucket.full(0.5)
    assert bucket.full(1000.0)
    assert [bucket.take(1000.0) > 0 for _ in range(3)] == [False, False, True]


def test_time_that_goes_back_gives_nothing() -> None:
    bucket = TokenBucket(rate=1.0, burst=1, now=10.0)
    bucket.take(10.0)
    assert bucket.take(0.0) == pytest.approx(1.0)


def test_accounts_do_not_share_their_rate_and_idle_ones_are_forgotten() -> None:
    now = [0.0]
    limits = LimitSettings(message_burst=1, messages_per_second=1.0)
    rates = MessageRates(limits, clock=lambda: now[0])
    assert rates.take("min") == 0.0
    assert rates.take("min") == pytest.approx(1.0)
    assert rates.take("jun") == 0.0
    now[0] = 10.0
    for number in range(5000):
        assert rates.take(f"account {number}") == 0.0
    assert rates.accounts < 5002
