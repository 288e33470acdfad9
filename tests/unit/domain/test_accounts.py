"""What a handle and a name may be."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.accounts import (
    check_handle,
    check_name,
    check_new_handle,
    decide_name,
)
from chatstream.domain.decisions import Accept, Refuse, Unchanged
from chatstream.errors import ErrorCode, UserError


@pytest.mark.parametrize("text", ["abc", "a.b", "m-i_n.5", "a" * 40])
def test_a_handle_is_kept_as_it_is(text: str) -> None:
    assert check_handle(text) == text


@pytest.mark.parametrize(
    "text",
    ["", "ab", "a" * 41, "Abc", "1abc", ".abc", "a b", "민수민수", "abc\n", "ａｂｃ", "abc\x00"],
)
def test_what_is_no_handle_is_refused(text: str) -> None:
    with pytest.raises(UserError) as refused:
        check_handle(text)
    assert refused.value.details["field"] == "userId"


@pytest.mark.parametrize("sign", [".", "_", "-", "._"])
def test_a_new_handle_ends_with_a_letter_or_a_digit(sign: str) -> None:
    assert check_handle(f"minsu{sign}") == f"minsu{sign}"  # who has it keeps it
    with pytest.raises(UserError, match="end with a letter or a digit") as refused:
        check_new_handle(f"minsu{sign}")
    assert refused.value.details["field"] == "userId"
    assert check_new_handle(f"min{sign}su5") == f"min{sign}su5"


@given(st.text(max_size=60))
def test_an_accepted_name_is_trimmed_short_visible_and_stays_accepted(text: str) -> None:
    try:
        name = check_name(text)
    except UserError:
        return
    assert name == name.strip()
    assert 1 <= len(name) <= 40
    assert not any(unicodedata.category(char) in {"Cc", "Cs"} for char in name)
    assert check_name(name) == name
    name.encode()


@pytest.mark.parametrize("text", ["김민수", "<b>민수</b>", "👩‍👩‍👧", "O'Brien", "أحمد", "a"])
def test_names_of_any_script_are_accepted(text: str) -> None:
    assert check_name(text) == text


@pytest.mark.parametrize(
    "text", ["", " \t ", "a\x00b", "a\nb", "\u202eevil", "\u200b\u200d", "\ud800"]
)
def test_names_that_cannot_be_seen_or_turn_the_text_are_refused(text: str) -> None:
    with pytest.raises(UserError):
        check_name(text)


def test_a_name_changes_when_it_is_another_one() -> None:
    assert decide_name("old", "new") == Accept(("new",))
    assert decide_name("same", "same") == Unchanged()
    gone = decide_name(None, "new")
    assert isinstance(gone, Refuse)
    assert gone.code is ErrorCode.NOT_AUTHENTICATED
