"""Which processes are told of, whatever they say and however long they say nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.overview.processes import (
    ENDED,
    HOLDS,
    KEPT,
    LATELY,
    READY,
    SILENT,
    UNREADY,
    Beat,
    Processes,
)

OWN = "own"
NOON = 1_795_953_600.0


def beat(worker: str = "chat-1", instance: str = "a", state: str = READY, **more: float) -> Beat:
    return Beat(
        worker, worker.split("-", maxsplit=1)[0], instance, more.get("started_at", NOON), state
    )


def listening(since: float, until: float) -> Processes:
    """A listener whose own beats came back every ten seconds between these."""
    found = Processes(OWN)
    at = since
    while at <= until:
        found.hear(beat("front-1", OWN, started_at=since), at)
        at += 10
    return found


def state_of(found: Processes, now: float, worker: str = "chat-1") -> str | None:
    return next((each.state for each in found.shown(now) if each.beat.worker == worker), None)


def test_a_process_is_as_it_says_until_its_word_no_longer_holds() -> None:
    found = listening(NOON, NOON + 200)
    found.hear(beat(state=UNREADY), NOON + 100)
    assert state_of(found, NOON + 100 + HOLDS) == UNREADY
    assert state_of(found, NOON + 101 + HOLDS) == SILENT
    found.hear(beat(), NOON + 150)
    assert state_of(found, NOON + 160) == READY


def test_one_that_said_goodbye_is_not_told_of() -> None:
    found = listening(NOON, NOON + 100)
    found.hear(beat(), NOON + 50)
    found.hear(beat(state=ENDED), NOON + 60)
    assert state_of(found, NOON + 61) is None


def test_a_goodbye_of_the_start_before_is_not_that_of_the_one_that_took_its_place() -> None:
    found = listening(NOON, NOON + 100)
    found.hear(beat(instance="old"), NOON + 50)
    found.hear(beat(instance="new", started_at=NOON + 55), NOON + 56)
    found.hear(beat(instance="old", state=ENDED), NOON + 60)
    (shown,) = [each for each in found.shown(NOON + 61) if each.beat.worker == "chat-1"]
    assert (shown.beat.instance, shown.state, shown.fell_at) == ("new", READY, None)


def test_a_replacement_that_never_speaks_again_leaves_the_former_one_told() -> None:
    found = listening(NOON, NOON + 200)
    found.hear(beat(instance="new", started_at=NOON + 1), NOON + 1)
    found.hear(beat(instance="old"), NOON + 100)
    (shown,) = [each for each in found.shown(NOON + 101) if each.beat.worker == "chat-1"]
    assert (shown.beat.instance, shown.state) == ("old", READY)


def test_a_killed_process_that_began_anew_is_told_to_have_fallen_for_a_while() -> None:
    found = listening(NOON, NOON + LATELY + 200)
    found.hear(beat(instance="killed"), NOON + 50)
    for at in range(60, int(LATELY) + 200, 10):
        found.hear(beat(instance="new", started_at=NOON + 55), NOON + at)
    shown = {each.beat.worker: each for each in found.shown(NOON + 100)}
    assert (shown["chat-1"].state, shown["chat-1"].fell_at) == (READY, NOON + 50)
    shown = {each.beat.worker: each for each in found.shown(NOON + LATELY + 51)}
    assert shown["chat-1"].fell_at is None


def test_a_silent_process_is_forgotten_after_an_hour() -> None:
    found = listening(NOON, NOON + KEPT + 100)
    found.hear(beat(), NOON + 50)
    assert state_of(found, NOON + 50 + KEPT) == SILENT
    assert state_of(found, NOON + 51 + KEPT) is None


def test_who_hears_nothing_calls_nobody_silent_and_gives_them_time_afterwards() -> None:
    found = listening(NOON, NOON + 100)
    found.hear(beat(), NOON + 100)
    assert found.hearing.is_deaf(NOON + 500)
    assert state_of(found, NOON + 500) == READY
    for at in range(500, 561, 10):
        found.hear(beat("front-1", OWN), NOON + at)
    assert state_of(found, NOON + 500 + HOLDS) == READY
    assert state_of(found, NOON + 501 + HOLDS) == SILENT


def test_before_its_own_words_come_back_a_listener_judges_nobody() -> None:
    found = Processes(OWN)
    found.hear(beat(), NOON - 600)
    assert found.hearing.is_deaf(NOON)
    assert state_of(found, NOON) == READY


workers = st.sampled_from(["chat-1", "chat-2", "front-1"])
moments = st.floats(0, 400)
told = st.tuples(workers, st.sampled_from("abc"), st.sampled_from([READY, UNREADY, ENDED]), moments)


@given(st.lists(told, max_size=30), st.floats(0, 5000))
def test_each_worker_is_told_once_and_only_if_it_did_not_say_goodbye(
    beats: list[tuple[str, str, str, float]], later: float
) -> None:
    found = Processes(OWN)
    last: dict[tuple[str, str], str] = {}
    for worker, instance, state, at in sorted(beats, key=lambda each: each[3]):
        found.hear(beat(worker, instance, state), NOON + at)
        last[worker, instance] = state
    shown = [each.beat.worker for each in found.shown(NOON + 400 + later)]
    assert len(shown) == len(set(shown))
    assert set(shown) <= {worker for (worker, _), state in last.items() if state != ENDED}
    if later <= KEPT - 400:
        assert set(shown) == {worker for (worker, _), state in last.items() if state != ENDED}
