"""Who may keep a message, and what is left of a kept one."""

from __future__ import annotations

import pytest

from chatstream.domain.saving import Kept, kept_as, refuse_save
from chatstream.errors import ErrorCode


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
def test_only_members_keep_what_is_there(
    *, room_is_there: bool, is_member: bool, is_there: bool, code: ErrorCode | None
) -> None:
    found = refuse_save(room_is_there=room_is_there, is_member=is_member, is_there=is_there)
    assert found == code


def test_a_deleted_message_is_only_deleted_and_a_room_one_left_shows_nothing() -> None:
    assert kept_as(is_member=True, text="hi") is Kept.SHOWN
    assert kept_as(is_member=True, text=None) is Kept.DELETED
    assert kept_as(is_member=False, text="hi") is Kept.LEFT
    assert kept_as(is_member=False, text=None) is Kept.LEFT
