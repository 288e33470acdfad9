"""The order of an erasure's steps, its delays, and what is blanked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.erasure import (
    ALARM_ATTEMPTS,
    FIRST_DELAY,
    MOST_DELAY,
    State,
    delay,
    leave_request,
    next_step,
    state_of,
    without_person,
)
from schemas.catalogue import ERASURE_STEPS

ACCOUNT = "0192d3a0-0000-7000-8000-000000000001"

persons = st.fixed_dictionaries(
    {"accountId": st.sampled_from([ACCOUNT, "other"]), "userId": st.text(), "name": st.text()}
)
facts = st.recursive(
    st.none() | st.integers() | st.text() | persons,
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["member", "owner"]), inner),
)


def test_steps_come_one_after_the_other_and_readers_last() -> None:
    done: list[str] = []
    while (step := next_step(ERASURE_STEPS, done)) is not None:
        done.append(step)
    assert done == ["account", "friend", "coupon", "content", "chat", "notices", "stats", "log"]


@given(st.sets(st.sampled_from(list(ERASURE_STEPS))))
def test_a_saga_is_done_when_every_step_is(done: set[str]) -> None:
    assert (state_of(ERASURE_STEPS, done, 1) is State.DONE) == (done == set(ERASURE_STEPS))


def test_a_step_that_keeps_failing_alarms_and_is_still_tried() -> None:
    assert state_of(ERASURE_STEPS, ["account"], ALARM_ATTEMPTS - 1) is State.RUNNING
    assert state_of(ERASURE_STEPS, ["account"], ALARM_ATTEMPTS) is State.ALARM
    assert next_step(ERASURE_STEPS, ["account"]) == "friend"


@given(st.integers(min_value=0, max_value=10_000))
def test_delays_grow_and_are_bounded(attempts: int) -> None:
    assert FIRST_DELAY <= delay(attempts) <= delay(attempts + 1) <= MOST_DELAY


def test_a_room_is_left_by_the_same_wish_however_often_it_is_tried() -> None:
    saga, room, other = (f"0192d3a0-0000-7000-8000-00000000000{n}" for n in (1, 2, 3))
    assert leave_request(saga, room) == leave_request(saga, room)
    assert leave_request(saga, room) != leave_request(saga, other)


def test_only_the_erased_person_is_blanked() -> None:
    owner = {"accountId": ACCOUNT, "userId": "minsu", "name": "민수"}
    guest = {"accountId": "other", "userId": "jieun", "name": "지은"}
    fact = {"accountId": ACCOUNT, "name": "주말 등산", "owner": owner, "members": [owner, guest]}
    blank = {"accountId": ACCOUNT, "userId": "", "name": ""}
    assert without_person(fact, ACCOUNT) == {
        "accountId": ACCOUNT,
        "name": "주말 등산",
        "owner": blank,
        "members": [blank, guest],
    }


@given(facts)
def test_blanking_twice_changes_nothing_more(fact: object) -> None:
    once = without_person(fact, ACCOUNT)
    assert without_person(once, ACCOUNT) == once
