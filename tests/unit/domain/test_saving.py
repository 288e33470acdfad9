"""Who may keep a message, and what is left of a kept one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chatstream.domain.decisions import Accept, Refuse, Unchanged
from chatstream.domain.saving import Drawer, Kept, decide_keep, kept_as
from chatstream.errors import ErrorCode

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("room_is_there", "is_member", "is_there", "code"),
    [
        (True, True, True, None),
        (True, True, False, ErrorCode.MESSAGE_NOT_FOUND),
        (True, False, True, ErrorCode.NOT_A_MEMBER),
        (True, False, False, ErrorCode.NOT_A_MEMBER),
        (False, True, True, ErrorCode.ROOM_NOT_FOUND),
        (False, False, False, ErrorCode.ROOM_NOT_FOUND),
    ],
)
def test_only_members_keep_what_is_there_and_everybody_lets_go(
    *, room_is_there: bool, is_member: bool, is_there: bool, code: ErrorCode | None
) -> None:
    drawer = Drawer(room_is_there, is_member, 7 if is_there else None, None)
    decision = decide_keep(drawer, NOW)
    assert decision == (Accept((NOW,)) if code is None else Refuse(code))
    assert decide_keep(drawer, None) == Accept((None,))


def test_what_is_kept_stays_as_it_is() -> None:
    assert decide_keep(Drawer(True, True, 7, NOW), NOW + timedelta(days=1)) == Unchanged()


def test_a_deleted_message_is_only_deleted_and_a_room_one_left_shows_nothing() -> None:
    assert kept_as(is_member=True, text="hi") is Kept.SHOWN
    assert kept_as(is_member=True, text=None) is Kept.DELETED
    assert kept_as(is_member=False, text="hi") is Kept.LEFT
    assert kept_as(is_member=False, text=None) is Kept.LEFT
