"""The rules of refresh rotation and of login attempts, as laws."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from chatstream.domain.sessions import (
    GRACE,
    LoginLimit,
    Presented,
    Verdict,
    judge,
    seconds_until_allowed,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
TTL = timedelta(days=30)


class Family(RuleBasedStateMachine):
    """A login under any order of presenting its tokens and passing of time.

    The model keeps what the store keeps; the laws are about who is left able to go on.
    """

    tokens = Bundle("tokens")

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.parents: list[int | None] = []
        self.issued: list[datetime] = []
        self.used: list[datetime | None] = []
        self.revoked = False
        self.exchanged_after_end = False

    @rule(target=tokens)
    def log_in(self) -> int:
        if self.parents:
            return 0
        return self._issue(None)

    def _issue(self, parent: int | None) -> int:
        self.parents.append(parent)
        self.issued.append(self.now)
        self.used.append(None)
        return len(self.parents) - 1

    @rule(seconds=st.sampled_from([0.0, 1.0, 4.9, 5.0, 5.1, 600.0, 86_400.0 * 31]))
    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(target=tokens, token=tokens)
    def present(self, token: int) -> int:
        children = [n for n, parent in enumerate(self.parents) if parent == token]
        successor_used = any(self.used[child] for child in children)
        used_at = self.used[token]
        presented = Presented(self.issued[token] + TTL, used_at, successor_used, self.revoked)
        verdict = judge(presented, self.now)
        if self.revoked:
            assert verdict is Verdict.REFUSE
        if used_at is not None and self.now - used_at > GRACE:
            assert verdict is not Verdict.ROTATE
        if verdict is Verdict.REVOKE:
            assert used_at is not None
            self.revoked = True
        if verdict is not Verdict.ROTATE:
            return token
        self.used[token] = used_at or self.now
        return self._issue(token)

    @invariant()
    def siblings_are_born_within_the_grace(self) -> None:
        for token, used_at in enumerate(self.used):
            births = [self.issued[n] for n, p in enumerate(self.parents) if p == token]
            assert all(used_at is not None and born - used_at <= GRACE for born in births)


TestFamily = Family.TestCase


def test_an_unused_token_of_a_live_login_is_always_exchanged() -> None:
    token = Presented(START + TTL, None, successor_used=False, revoked=False)
    assert judge(token, START + TTL - timedelta(seconds=1)) is Verdict.ROTATE
    assert judge(token, START + TTL) is Verdict.REFUSE


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
