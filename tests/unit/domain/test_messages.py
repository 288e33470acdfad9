"""What a message may be, and who may change it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chatstream.domain.decisions import Accept, Decision, Refuse, Unchanged
from chatstream.domain.messages import (
    CHANGEABLE,
    MessageToChange,
    Standing,
    check_mentions,
    check_text,
    decide_change,
    decide_revision,
    refuse_author,
)
from chatstream.errors import ErrorCode, UserError

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def decide(
    text: str | None = "new",
    *,
    said: str | None = "old",
    by: str = "ann",
    age: timedelta = timedelta(0),
    is_member: bool = True,
    is_there: bool = True,
) -> object:
    message = MessageToChange(1, "ann", said, NOW - age) if is_there else None
    return decide_change(message, by, text, is_member=is_member, now=NOW)


@pytest.mark.parametrize("text", ["new", None])
@pytest.mark.parametrize("age", [timedelta(0), CHANGEABLE])
def test_the_author_changes_a_message_for_a_day(text: str | None, age: timedelta) -> None:
    assert decide(text, age=age) == Accept((text,))


@pytest.mark.parametrize("text", ["new", None])
@pytest.mark.parametrize(
    ("case", "code"),
    [
        ({"is_member": False}, ErrorCode.NOT_A_MEMBER),
        ({"is_there": False}, ErrorCode.MESSAGE_NOT_FOUND),
        ({"by": "bob"}, ErrorCode.ACCESS_DENIED),
        ({"by": "bob", "said": None}, ErrorCode.ACCESS_DENIED),
        ({"age": CHANGEABLE + timedelta(milliseconds=1)}, ErrorCode.ACCESS_DENIED),
    ],
)
def test_nobody_else_and_nothing_older(
    text: str | None, case: dict[str, object], code: ErrorCode
) -> None:
    decision = decide(text, **case)  # type: ignore[arg-type]
    assert isinstance(decision, Refuse)
    assert decision.code is code


@pytest.mark.parametrize("text", ["same", None])
def test_what_is_so_already_is_answered_at_any_age(text: str | None) -> None:
    assert decide(text, said=text, age=CHANGEABLE * 2) == Unchanged()


def test_a_deleted_message_gets_no_text_again() -> None:
    decision = decide("new", said=None)
    assert isinstance(decision, Refuse)
    assert decision.code is ErrorCode.MESSAGE_NOT_FOUND


def revise(text: str | None, *, is_muted: bool = False, is_refused: bool = False) -> object:
    said, standing = MessageToChange(1, "ann", "old", NOW), Standing(False, True, True, is_muted)
    decision: Decision[str | None] = decide_revision(
        said, "ann", text, standing, is_refused=is_refused, now=NOW
    )
    return decision


def test_who_is_muted_deletes_and_edits_nothing() -> None:
    assert revise(None, is_muted=True) == Accept((None,))
    assert revise("new", is_muted=True) == Refuse(ErrorCode.MESSAGE_REFUSED)
    assert revise("old", is_muted=True) == Unchanged()


@pytest.mark.parametrize("text", ["new", None])
def test_what_the_rules_against_abuse_refuse_is_not_carried_out(text: str | None) -> None:
    assert revise(text, is_refused=True) == Refuse(ErrorCode.MESSAGE_REFUSED)
    assert revise("old", is_refused=True) == Unchanged()


def test_an_erased_account_and_a_room_that_is_gone_are_answered_with_that_alone() -> None:
    def code(*, is_erased: bool, is_there: bool) -> ErrorCode | None:
        refusal = refuse_author(Standing(is_erased, is_there, False, True))
        return refusal.code if refusal else None

    assert code(is_erased=True, is_there=False) is ErrorCode.NOT_AUTHENTICATED
    assert code(is_erased=False, is_there=False) is ErrorCode.ROOM_NOT_FOUND
    assert code(is_erased=False, is_there=True) is None


def test_mentions_are_handles_each_once_and_not_many() -> None:
    assert check_mentions(["ann", "bob", "ann"]) == ("ann", "bob")
    for wrong in (["Ann"], ["a b"], [""], [7], [f"u{n:03d}" for n in range(21)]):
        with pytest.raises(UserError):
            check_mentions(wrong)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "must be a text"),
        (" \n", "must not be empty"),
        ("가" * 11, "must have at most 10 characters"),
        ("a\x00", "must not contain NUL or lone surrogates"),
        ("\u3164\u200b", "must have a visible character"),
    ],
)
def test_a_text_that_cannot_be_shown_is_refused_by_its_field(text: object, reason: str) -> None:
    with pytest.raises(UserError) as caught:
        check_text("text", text, 10)
    assert caught.value.details["field"] == "text"
    assert caught.value.details["reason"] == reason


@pytest.mark.parametrize("text", ["가" * 10, "a\nb", "👩\u200d👩"])
def test_a_text_that_can_be_shown_stays_as_it_is(text: str) -> None:
    assert check_text("text", text, 10) == text
