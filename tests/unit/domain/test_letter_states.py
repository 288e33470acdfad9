"""What became of dead letters, from what was told of them in one order."""

from __future__ import annotations

from chatstream.domain.dead_letters import DeadLetter, Place
from chatstream.domain.letter_states import (
    NOTHING_YET,
    PATIENCE,
    LetterBook,
    LetterDropped,
    LetterFate,
    LetterReplayed,
    LetterState,
    LettersWanted,
    LetterTold,
    ReplayOutcome,
    ReplaySettled,
    order_of,
    shown_state,
    told_of,
)

TOPIC = "kakao.chat.chatRoom.DLQ"
ID = f"{TOPIC}:1:0"


def letter(offset: int = 0, **changes: object) -> DeadLetter:
    values: dict[str, object] = {
        "place": Place(TOPIC, 1, offset),
        "at": 1000 + offset,
        "source": Place("kakao.chat.chatRoom.REQUEST", 1, 9),
        "key": b"k",
        "size": 1,
        "kind": "invalid",
        "reason": "no",
        "service": "chat",
        "reader": "chat.rooms",
        "trace_id": None,
        "replay_of": None,
        **changes,
    }
    return DeadLetter(**values)  # type: ignore[arg-type]


def replayed(event_id: str, at: int = 0) -> LetterReplayed:
    return LetterReplayed(event_id=event_id, letter_id=ID, by=None, at=at)


def settled(outcome: ReplayOutcome, code: str | None = None) -> ReplaySettled:
    return ReplaySettled(
        event_id="s", letter_id=ID, replay_id="one", outcome=outcome, code=code, at=5
    )


def dropped() -> LetterDropped:
    return LetterDropped(event_id="d", letter_id=ID, by="ops", reason="of no use", at=9)


def fate(*told: LetterTold) -> LetterFate:
    found = NOTHING_YET
    for each in told:
        found = told_of(found, each)
    return found


def test_of_two_replays_at_once_the_first_stands() -> None:
    assert fate(replayed("one"), replayed("two", at=1)).replay_id == "one"


def test_a_replay_whose_program_died_gives_way_after_its_patience() -> None:
    late = replayed("two", at=PATIENCE)
    assert fate(replayed("one"), replayed("two", at=PATIENCE - 1)).replay_id == "one"
    assert fate(replayed("one"), late).replay_id == "two"


def test_what_is_done_or_dropped_stays_so() -> None:
    done = fate(replayed("one"), settled(ReplayOutcome.DONE))
    assert (done.state, done.outcome) == (LetterState.REPLAYED, ReplayOutcome.DONE)
    assert told_of(told_of(done, replayed("two", at=10**9)), dropped()) == done
    gone = fate(dropped())
    assert (gone.state, gone.reason, gone.by) == (LetterState.DROPPED, "of no use", "ops")
    assert told_of(gone, replayed("one")) == gone


def test_a_refused_replay_waits_again_and_may_be_tried_again() -> None:
    book = LetterBook()
    book.keep(letter())
    for each in (replayed("one"), settled(ReplayOutcome.REFUSED, "NOT_A_MEMBER")):
        book.tell(each)
    kept = book.of(ID)
    assert kept is not None
    assert (kept.is_waiting, kept.fate.code) == (True, "NOT_A_MEMBER")
    assert told_of(kept.fate, replayed("two", at=6)).replay_id == "two"


def test_a_replay_that_failed_is_named_by_the_letter_that_it_led_to() -> None:
    """Also when nothing but that letter tells of it."""
    book = LetterBook()
    book.keep(letter())
    book.keep(letter(1, replay_of=ID))
    found = book.fate_of(ID)
    assert (found.outcome, found.again) == (ReplayOutcome.DEAD_LETTERED, f"{TOPIC}:1:1")
    assert [each.letter.place.offset for each in book.all() if each.is_waiting] == [1]


def test_what_is_told_before_its_letter_is_read_holds() -> None:
    book = LetterBook()
    book.tell(dropped())
    book.keep(letter())
    kept = book.of(ID)
    assert kept is not None
    assert shown_state(kept) is LetterState.DROPPED


def test_pages_are_whole_and_the_newest_first_also_of_one_moment() -> None:
    book = LetterBook()
    for offset in (3, 1, 2, 0):
        book.keep(letter(offset, at=7))
    first, more = book.page(LettersWanted(), None, 3)
    last = first[-1].letter
    second, end = book.page(LettersWanted(), (last.at, last.place), 3)
    assert (more, end) == (True, False)
    assert [order_of(each.letter)[3] for each in [*first, *second]] == [3, 2, 1, 0]


def test_filters_are_all_held() -> None:
    book = LetterBook()
    book.keep(letter(0))
    book.keep(letter(1, kind="store"))
    book.tell(dropped())

    def offsets(**wanted: object) -> list[int]:
        found, _ = book.page(LettersWanted(**wanted), None, 9)  # type: ignore[arg-type]
        return [each.letter.place.offset for each in found]

    assert offsets(topic=TOPIC) == offsets(topic="kakao.chat.chatRoom.REQUEST") == [1, 0]
    assert offsets(topic="other") == []
    assert offsets(kind="store") == offsets(state=LetterState.WAITING) == [1]
    assert offsets(state=LetterState.DROPPED) == [0]
    assert offsets(since=1001) == [1]
    assert offsets(until=1001) == [0]


def test_what_the_broker_deleted_is_forgotten_and_too_many_are_counted() -> None:
    book = LetterBook(most=2)
    for offset in range(3):
        book.keep(letter(offset))
    assert book.forgotten == 1
    book.forget_before(TOPIC, 1, 2)
    book.forget_before(TOPIC, 1, 1)
    book.forget_before(TOPIC, 2, 9)
    assert [each.letter.place.offset for each in book.all()] == [2]
    book.forget_before(TOPIC, 1, 3)
    assert not list(book.all())
