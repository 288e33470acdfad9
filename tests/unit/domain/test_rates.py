"""A burst at once, then a steady rate."""

from __future__ import annotations

import pytest

from chatstream.domain.rates import CHARACTERS_A_TOKEN, TokenBucket, cost_of
from chatstream.errors import ErrorCode, UserError
from chatstream.settings import LimitSettings
from web.edge.rates import MessageRates


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


@pytest.mark.parametrize(
    ("length", "tokens"),
    [(0, 1), (1, 1), (CHARACTERS_A_TOKEN, 1), (CHARACTERS_A_TOKEN + 1, 2), (4000, 10)],
)
def test_a_message_costs_what_its_length_costs(length: int, tokens: int) -> None:
    assert cost_of("가" * length) == tokens


def test_a_hundred_ordinary_messages_pass_and_of_the_longest_as_many_as_weigh_the_same() -> None:
    limits = LimitSettings()
    for text, passed in (("가" * 400, 100), ("가" * 4000, 10)):
        rates = MessageRates(limits, clock=lambda: 0.0)
        taken = [rates.take("min", cost_of(text)) for _ in range(101)]
        assert taken.index(next(filter(None, taken))) == passed


def test_what_costs_more_than_a_bucket_takes_a_full_one() -> None:
    bucket = TokenBucket(rate=1.0, burst=3, now=0.0)
    assert bucket.take(0.0, 10) == 0.0
    assert bucket.take(2.0, 10) == pytest.approx(1.0)
    assert bucket.take(3.0, 10) == 0.0


class Charged:
    """The rates of an account with one token and no more within the test."""

    def __init__(self, burst: int = 1) -> None:
        self.now = 0.0
        limits = LimitSettings(message_burst=burst, messages_per_second=0.001)
        self.rates = MessageRates(limits, clock=lambda: self.now)

    def say(
        self, identity: str, answer: ErrorCode | None = None, cost: int = 1
    ) -> ErrorCode | None:
        """What the call ends with, when the store would end it with `answer`."""
        try:
            with self.rates.charged("min", ("room", identity), cost):
                if answer is not None:
                    raise UserError(answer, "told by the test")
        except UserError as error:
            return error.code
        return None


@pytest.mark.parametrize("later", [ErrorCode.BUSY, ErrorCode.STORE_UNAVAILABLE])
def test_a_repeat_of_what_was_answered_503_costs_nothing(later: ErrorCode) -> None:
    charged = Charged()
    assert [charged.say("a", later) for _ in range(20)] == [later] * 20
    assert charged.say("b", later) is ErrorCode.RATE_LIMITED
    assert charged.say("a") is None
    assert charged.say("a") is ErrorCode.RATE_LIMITED


@pytest.mark.parametrize("decided", [None, ErrorCode.NOT_A_MEMBER, ErrorCode.MESSAGE_REFUSED])
def test_what_was_decided_is_paid_for_and_gone(decided: ErrorCode | None) -> None:
    charged = Charged()
    assert charged.say("a", decided) is decided
    assert charged.say("a") is ErrorCode.RATE_LIMITED


def test_a_longer_text_under_the_same_id_pays_the_rest() -> None:
    charged = Charged(burst=3)
    assert charged.say("a", ErrorCode.BUSY, cost=1) is ErrorCode.BUSY
    assert charged.say("a", ErrorCode.BUSY, cost=3) is ErrorCode.BUSY
    assert charged.say("b") is ErrorCode.RATE_LIMITED
    assert charged.say("a", cost=3) is None


def test_a_repeat_that_must_wait_for_the_rest_has_not_lost_what_it_paid() -> None:
    charged = Charged()
    assert charged.say("a", ErrorCode.BUSY) is ErrorCode.BUSY
    assert charged.say("a", cost=2) is ErrorCode.RATE_LIMITED
    assert charged.say("a") is None


def test_what_is_remembered_of_an_account_is_bounded_in_number_and_time() -> None:
    charged = Charged(burst=300)
    for number in range(300):
        assert charged.say(str(number), ErrorCode.BUSY) is ErrorCode.BUSY
    assert charged.say("0") is ErrorCode.RATE_LIMITED
    assert charged.say("299", ErrorCode.BUSY) is ErrorCode.BUSY
    charged.now += 301.0
    for number in range(5000):
        charged.rates.take(f"account {number}")
    assert charged.say("299") is ErrorCode.RATE_LIMITED
