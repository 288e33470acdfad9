"""Ended logins as every front knows them."""

from __future__ import annotations

from chatstream.domain.times import to_text
from schemas import records
from tables.followed.revocations import EndedLogins
from tests.fakes.accounts import FakeClock


def record(clock: FakeClock, sid: str, lasts: float = 600) -> bytes:
    now = clock.moment()
    later = FakeClock(clock.now + lasts).moment()
    return records.encode(
        records.SessionRevoked(
            sid=sid, account_id="a", revoked_at=to_text(now), expires_at=to_text(later)
        )
    )


def test_an_ended_login_is_known_and_its_listeners_called_once() -> None:
    clock = FakeClock()
    revocations = EndedLogins(600, clock)
    closed: list[str] = []
    revocations.listen(closed.append)
    assert not revocations.is_revoked("s1")
    for _ in range(2):
        revocations.followed.on_record(0, b"a", record(clock, "s1"))
    assert revocations.is_revoked("s1")
    assert not revocations.is_revoked("s2")
    assert closed == ["s1"]


def test_a_record_whose_tokens_have_all_expired_is_not_kept() -> None:
    clock = FakeClock()
    revocations = EndedLogins(600, clock)
    old = record(clock, "s1")
    clock.now += 601
    revocations.followed.on_record(0, b"a", old)
    assert not revocations.is_revoked("s1")


def test_memory_holds_what_can_still_matter_only() -> None:
    clock = FakeClock()
    revocations = EndedLogins(600, clock)
    for n in range(5000):
        revocations.followed.on_record(0, b"a", record(clock, f"s{n}"))
        clock.now += 1
    assert len(revocations._ended) <= 600 + 61
    assert revocations.is_revoked("s4999")


def test_an_unreadable_record_is_skipped_and_the_next_is_known() -> None:
    clock = FakeClock()
    revocations = EndedLogins(600, clock)
    revocations.followed.on_record(0, b"a", b"{")
    revocations.followed.on_record(0, b"a", b"")
    revocations.followed.on_record(0, b"a", record(clock, "s1"))
    assert revocations.is_revoked("s1")
