"""What the text of a post may be."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.content.texts import (
    Draft,
    check_appeal,
    check_body,
    check_draft,
    check_tags,
    check_title,
    tag_key,
)
from chatstream.errors import UserError, problems_in


def test_the_longest_texts_are_texts_and_one_more_letter_is_none() -> None:
    draft = check_draft("가" * 120, "나" * 20_000, ["다" * 30])
    assert (len(draft.title), len(draft.body)) == (120, 20_000)
    for check, text in ((check_title, "가" * 121), (check_body, "나" * 20_001)):
        with pytest.raises(UserError, match="must have at most"):
            check(text)


@pytest.mark.parametrize("text", ["", "  ", "\n", "\u200b", "\x00", "a\ud800", "a\u202eb", 7, None])
def test_what_cannot_be_shown_is_no_title_and_no_body(text: object) -> None:
    for check in (check_title, check_body):
        with pytest.raises(UserError):
            check(text)


def test_a_body_has_lines_and_a_title_has_one() -> None:
    assert check_body("# 제목\n\n- 하나\n- 둘\t!") == "# 제목\n\n- 하나\n- 둘\t!"
    with pytest.raises(UserError):
        check_title("첫째\n둘째")


def test_what_is_written_in_parts_is_kept_as_one_letter() -> None:
    assert check_title("\u1112\u1161\u11ab") == "한"
    assert check_tags(["\u1112\u1161\u11ab"]) == ("한",)


def test_tags_are_each_there_once_without_their_sign() -> None:
    assert check_tags(["#여행", " 여행 ", "Travel", "travel", "TRAVEL", "바다"]) == (
        "여행",
        "Travel",
        "바다",
    )
    assert check_tags([]) == ()


def test_tags_that_look_alike_are_one_as_the_first_was_written() -> None:
    in_parts = "\u110b\u1167\u1112\u1162\u11bc"
    assert check_tags(["Ｔｒａｖｅｌ", "travel", "##여행", "＃ 여행", in_parts]) == (
        "Ｔｒａｖｅｌ",
        "여행",
    )
    assert check_tags(["겨울  바다", "겨울\u3000바다", "C#", "👩‍👩‍👧", "❤️"]) == (
        *("겨울 바다", "C#", "👩‍👩‍👧", "❤️"),
    )


@pytest.mark.parametrize(
    ("tag", "other"),
    [
        ("Travel", "ＴＲＡＶＥＬ"),
        ("Straße", "STRASSE"),
        ("ﾃｽﾄ", "テスト"),
        ("\u1112\u1161\u11ab", "한"),
        ("ΑΘΗΝΑΣ", "αθηνας"),
        ("①", "1"),
    ],
)
def test_tags_of_one_key_are_one_tag(tag: str, other: str) -> None:
    assert tag_key(tag) == tag_key(other)
    assert len(check_tags([tag, other])) == 1


@pytest.mark.parametrize(
    ("tag", "other"), [("여행", "여행기"), ("C#", "C"), ("é", "e"), ("ㅏ", "ㅑ")]
)
def test_tags_that_read_differently_have_keys_of_their_own(tag: str, other: str) -> None:
    assert tag_key(tag) != tag_key(other)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30))
def test_a_key_is_in_compatibility_form(tag: str) -> None:
    assert unicodedata.is_normalized("NFKC", tag_key(tag))
    assert tag_key(unicodedata.normalize("NFD", tag)) == tag_key(unicodedata.normalize("NFC", tag))


@pytest.mark.parametrize(
    "tag", ["a\u200bb", "a\u202eb", "a\u2066b", "a\tb", "a\nb", "\u3164", "# ＃", ""]
)
def test_what_hides_or_turns_is_no_tag(tag: str) -> None:
    with pytest.raises(UserError):
        check_tags([tag])


PARTS = st.sampled_from("aA#＃ \u3000ａ가\u0301\u1112\u1161️👩‍")


@given(st.lists(st.text(PARTS, max_size=6), max_size=5))
def test_tags_that_were_taken_are_taken_as_they_are(tags: list[str]) -> None:
    try:
        taken = check_tags(tags)
    except UserError:
        return
    assert check_tags(taken) == taken


def test_one_sign_fills_a_body_and_no_title() -> None:
    for sign in ("ㅋ", "!", "🙂"):
        assert check_body(sign * 4_000) == sign * 4_000
        with pytest.raises(UserError):
            check_title(sign * 4_000)


def test_wrong_tags_are_named_each() -> None:
    with pytest.raises(UserError) as caught:
        check_tags(["여행", "가" * 31, "#", 5])
    assert [each.field for each in problems_in(caught.value)] == ["tags.1", "tags.2", "tags.3"]
    with pytest.raises(UserError):
        check_tags([str(number) for number in range(11)])


def test_an_appeal_may_say_nothing() -> None:
    assert check_appeal("") == ""
    assert check_appeal("다시 봐 주세요") == "다시 봐 주세요"
    with pytest.raises(UserError):
        check_appeal("가" * 501)


def test_an_edit_leaves_what_it_does_not_name() -> None:
    draft = Draft(title="제목", body="글", tags=("하나",))
    assert draft.changed(None, None, None) == draft
    assert draft.changed("새 제목", None, ()) == Draft(title="새 제목", body="글")
