"""The rules of refresh rotation and of login attempts, as laws."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chatstream.domain.sessions import (
    GRACE,
    LoginLimit,
    Presented,
    RefreshVerdict,
    judge,
    seconds_until_allowed,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
TTL = timedelta(days=30)


class Chain(RuleBasedStateMachine):
    """A login under any order of presenting its tokens, of new and lost keys, and of time passing.

    The model keeps what the store keeps; the law is that one token at most can be used.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.used: list[datetime | None] = [None]
        self.keys: list[int | None] = [None]  # of each token, under which it was made
        self.held = [0]
        self.revoked = False

    @rule(seconds=st.sampled_from([0.0, 1.0, 4.9, 5.0, 5.1, 600.0, 86_400.0 * 31]))
    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(keeps=st.booleans())
    def change_the_key(self, *, keeps: bool) -> None:
        self.held = [max(self.held) + 1, *(self.held if keeps else [])]

    @rule(back=st.integers(0, 3))
    def present(self, back: int) -> None:
        token = max(len(self.used) - 1 - back, 0)
        is_last = token == len(self.used) - 1
        used_at = self.used[token]
        verdict = judge(
            Presented(
                expires_at=START + TTL,
                used_at=used_at,
                successor_used=not is_last and self.used[token + 1] is not None,
                successor_known=not is_last and self.keys[token + 1] in self.held,
                revoked=self.revoked,
            ),
            self.now,
        )
        if self.revoked:
            assert verdict is RefreshVerdict.REFUSE
        if verdict is RefreshVerdict.ROTATE:
            assert used_at is None
            self.used[token] = self.now
            self.used.append(None)
            self.keys.append(self.held[0])
        if verdict is RefreshVerdict.REPEAT:
            assert used_at is not None
            assert self.now - used_at <= GRACE
            assert token == len(self.used) - 2
        self.revoked |= verdict is RefreshVerdict.REVOKE

    @invariant()
    def only_the_last_token_is_unused(self) -> None:
        assert [at is None for at in self.used].index(True) == len(self.used) - 1


TestChain = Chain.TestCase


@pytest.mark.parametrize(
    ("age", "successor_used", "successor_known", "verdict"),
    [
        (None, False, False, RefreshVerdict.ROTATE),
        (0.0, False, True, RefreshVerdict.REPEAT),
        (5.0, False, True, RefreshVerdict.REPEAT),
        (5.1, False, True, RefreshVerdict.REVOKE),
        (0.0, True, True, RefreshVerdict.REVOKE),
        (0.0, False, False, RefreshVerdict.REFUSE),
        (5.1, False, False, RefreshVerdict.REVOKE),
    ],
)
def test_a_token_of_a_live_login(
    age: float | None, *, successor_used: bool, successor_known: bool, verdict: RefreshVerdict
) -> None:
    used_at = None if age is None else START - timedelta(seconds=age)
    token = Presented(START + TTL, used_at, successor_used, successor_known, revoked=False)
    assert judge(token, START) is verdict
    assert judge(token, START + TTL) is RefreshVerdict.REFUSE
    assert judge(replace(token, revoked=True), START) is RefreshVerdict.REFUSE


@given(
    st.lists(st.integers(0, 2000), max_size=30),
    st.integers(1, 12),
    st.integers(1, 900),
    st.integers(0, 2000),
)
def test_the_wait_is_exactly_until_a_try_is_allowed(
    seconds: list[int], most: int, window: int, at: int
) -> None:
    limit = LoginLimit(most, timedelta(seconds=window))
    now = START + timedelta(seconds=at)
    failures = [START + timedelta(seconds=one) for one in seconds if one <= at]
    wait = seconds_until_allowed(failures, limit, now)
    inside = [one for one in failures if now - one < limit.window]
    assert (wait == 0) == (len(inside) < most)
    if wait:
        assert seconds_until_allowed(failures, limit, now + timedelta(seconds=wait)) == 0
        if wait > 1:
            earlier = now + timedelta(seconds=wait - 1)
            assert seconds_until_allowed(failures, limit, earlier) > 0
