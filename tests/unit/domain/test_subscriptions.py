"""Every seq once and in order, whatever order live records and the recovery read come in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.subscriptions import Cursor, Take


def test_a_subscription_begins_muted_and_holds_what_comes() -> None:
    cursor: Cursor[str] = Cursor()
    assert cursor.take(6, 6, "six") is Take.DROP
    assert cursor.muted
    assert cursor.advance(4)
    assert cursor.advance(5)
    assert not cursor.advance(5)
    assert cursor.release() == (["six"], False)
    assert not cursor.muted


def test_live_repeats_are_dropped_and_a_jump_is_a_gap() -> None:
    cursor: Cursor[str] = Cursor(3)
    cursor.release()
    assert cursor.take(3, 3, "") is Take.DROP
    assert cursor.take(4, 4, "") is Take.SEND
    assert cursor.take(4, 4, "") is Take.DROP
    assert cursor.take(6, 6, "") is Take.GAP
    assert cursor.delivered == 4


def test_a_message_older_than_the_changes_it_was_sent_is_a_gap() -> None:
    cursor: Cursor[str] = Cursor(1)
    cursor.release()
    assert cursor.revise(1, 4, "a change") is Take.SEND
    assert cursor.take(2, 2, "told late") is Take.GAP
    assert cursor.advance(2)
    assert cursor.take(3, 5, "") is Take.SEND


def test_a_held_message_older_than_the_changes_it_was_sent_is_a_gap() -> None:
    cursor: Cursor[str] = Cursor(1)
    cursor.revise(1, 4, "a change")
    cursor.take(2, 2, "told late")
    assert cursor.release() == (["a change"], True)
    assert cursor.advance(2)
    assert cursor.release() == ([], False)


def test_a_gap_in_what_was_held_keeps_it_muted_until_it_is_filled() -> None:
    cursor: Cursor[int] = Cursor(1)
    for seq in (2, 4, 5):
        cursor.take(seq, seq, seq)
    assert cursor.release() == ([2], True)
    assert cursor.muted
    assert cursor.advance(3)
    assert cursor.release() == ([4, 5], False)


def test_a_notice_keeps_its_place_among_the_held() -> None:
    cursor: Cursor[str] = Cursor()
    cursor.take(1, 1, "one")
    assert not cursor.notice("joined")
    cursor.take(2, 2, "two")
    assert cursor.release() == (["one", "joined", "two"], False)
    assert cursor.notice("left")


def test_nothing_is_due_after_close() -> None:
    cursor: Cursor[str] = Cursor()
    cursor.take(1, 1, "one")
    cursor.close()
    assert cursor.closed
    assert cursor.take(2, 2, "two") is Take.DROP
    assert not cursor.notice("joined")
    assert not cursor.advance(3)
    assert cursor.release() == ([], False)


@given(st.data())
def test_any_interleaving_of_live_records_and_reads_delivers_each_seq_once_in_order(
    data: st.DataObject,
) -> None:
    """The store grows; the tail repeats and loses; reads happen at any moment."""
    head, seen, after = data.draw(st.integers(0, 5)), [], data.draw(st.integers(0, 3))
    after = min(after, head)
    cursor: Cursor[int] = Cursor(after)

    def read(upto: int) -> None:
        for seq in range(cursor.delivered + 1, upto + 1):
            if cursor.advance(seq):
                seen.append(seq)

    def live(seq: int) -> None:
        take = cursor.take(seq, seq, seq)
        if take is Take.GAP:
            read(seq - 1)
            take = cursor.take(seq, seq, seq)
        if take is Take.SEND:
            seen.append(seq)

    steps = st.sampled_from(["store", "store and tell", "repeat", "read", "release"])
    for step in data.draw(st.lists(steps, max_size=40)):
        if step.startswith("store"):
            head += 1
        if step == "store and tell":
            live(head)
        elif step == "repeat" and head:
            live(data.draw(st.integers(1, head)))
        elif step == "read" and cursor.muted:
            read(data.draw(st.integers(0, head)))
        elif step == "release" and cursor.muted:
            due, gap = cursor.release()
            seen.extend(due)
            assert gap == cursor.muted
    while cursor.muted:
        read(head)
        seen.extend(cursor.release()[0])
    head += 1
    live(head)
    assert seen == list(range(after + 1, head + 1))
