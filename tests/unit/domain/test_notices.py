"""Who sets and ends a room's notice, and when it ends by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chatstream.domain.decisions import Accept, Decision, Refuse, Unchanged
from chatstream.domain.notices import (
    Asker,
    Notice,
    NoticeBoard,
    NoticeChange,
    PinnedMessage,
    decide_end,
    decide_erasure,
    decide_follow,
    decide_set,
)
from chatstream.errors import ErrorCode

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ANN = Asker("ann", is_member=True, is_erased=False)
BOB = Asker("bob", is_member=True, is_erased=False)
SAID = PinnedMessage("m", 3, 5, "bob", "see you")
SET, EDITED, ENDED = (Accept((each,)) for each in NoticeChange)


def board(notice: Notice | None = None, **fields: object) -> NoticeBoard:
    made = NoticeBoard("group", "ann", is_reserved=False, access_version=1, rev=9, notice=notice)
    return replace(made, **fields)  # type: ignore[arg-type]  # of any field


def code(decision: Decision[NoticeChange]) -> ErrorCode | None:
    return decision.code if isinstance(decision, Refuse) else None


OF_TEXT = Notice("ann", NOW, 7, text="hi")
OF_MESSAGE = Notice("ann", NOW, 7, message=SAID)


def set_text(room: NoticeBoard | None, asker: Asker = ANN, text: str = "hi") -> object:
    return decide_set(room, asker, text, None, is_refused=False)


@pytest.mark.parametrize("notice", [None, OF_MESSAGE, replace(OF_TEXT, account_id="bob")])
@pytest.mark.parametrize("kind", ["group", "open"])
def test_a_member_sets_a_text_in_place_of_what_was_there(kind: str, notice: Notice | None) -> None:
    assert set_text(board(notice, kind=kind)) == SET


def test_the_same_again_by_the_same_changes_nothing() -> None:
    assert set_text(board(OF_TEXT)) == Unchanged()
    assert decide_set(board(OF_MESSAGE), ANN, None, SAID, is_refused=False) == Unchanged()
    assert set_text(board(OF_TEXT), BOB) == SET
    assert set_text(board(OF_TEXT), text="other") == SET


@pytest.mark.parametrize(
    ("room", "asker", "why"),
    [
        (None, ANN, ErrorCode.ROOM_NOT_FOUND),
        (board(), replace(ANN, is_member=False), ErrorCode.NOT_A_MEMBER),
        (board(), replace(ANN, is_erased=True), ErrorCode.NOT_AUTHENTICATED),
        (board(kind="direct"), ANN, ErrorCode.INVALID_INPUT),
        (board(is_reserved=True), BOB, ErrorCode.NOTICE_LOCKED),
    ],
)
def test_who_may_not_set_one_may_not_end_one(
    room: NoticeBoard | None, asker: Asker, why: ErrorCode
) -> None:
    assert code(decide_set(room, asker, "x", None, is_refused=False)) is why
    assert code(decide_end(room, asker)) is why


def test_what_is_reserved_is_the_owners_whoever_that_is() -> None:
    reserved = board(OF_TEXT, is_reserved=True)
    assert decide_end(reserved, ANN) == ENDED
    reserved.owner_id = "bob"
    assert code(decide_end(reserved, ANN)) is ErrorCode.NOTICE_LOCKED
    assert set_text(reserved, BOB) == SET


def test_the_muted_and_refused_texts_get_no_way_round_the_rules() -> None:
    muted = replace(ANN, is_muted=True)
    for text, message in (("x", None), (None, SAID)):
        refused = decide_set(board(), muted, text, message, is_refused=False)
        assert code(refused) is ErrorCode.MESSAGE_REFUSED
    assert code(decide_set(board(), ANN, "x", None, is_refused=True)) is ErrorCode.MESSAGE_REFUSED
    assert decide_end(board(OF_TEXT), muted) == ENDED


@pytest.mark.parametrize("message", [None, replace(SAID, text=None)])
def test_only_a_message_that_is_seen_is_pinned(message: PinnedMessage | None) -> None:
    refused = decide_set(board(), ANN, None, message, is_refused=False)
    assert code(refused) is ErrorCode.MESSAGE_NOT_FOUND


def test_ending_where_there_is_none_changes_nothing() -> None:
    assert decide_end(board(), BOB) == Unchanged()
    assert decide_end(board(OF_TEXT), BOB) == ENDED


def test_a_notice_follows_its_own_message_once_a_change() -> None:
    later = replace(SAID, rev=8, text="see you at seven")
    assert decide_follow(board(OF_MESSAGE), later) == EDITED
    assert decide_follow(board(replace(OF_MESSAGE, message=later)), later) == Unchanged()
    assert decide_follow(board(OF_MESSAGE), replace(later, text=None)) == ENDED
    for room in (None, board(), board(OF_TEXT)):
        assert decide_follow(room, later) == Unchanged()
    assert decide_follow(board(OF_MESSAGE), replace(later, message_id="other")) == Unchanged()


@pytest.mark.parametrize("account", ["ann", "bob"])
def test_an_erasure_of_who_set_or_wrote_it_ends_it(account: str) -> None:
    assert decide_erasure(board(OF_MESSAGE), account) == ENDED
    assert decide_erasure(board(OF_MESSAGE), "eve") == Unchanged()
    assert decide_erasure(board(), account) == decide_erasure(None, account) == Unchanged()
