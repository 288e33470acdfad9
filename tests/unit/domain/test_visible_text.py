"""Names and messages: something to see, nothing unseen that joins nothing, nothing that turns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.accounts import check_name
from chatstream.domain.messages import check_message
from chatstream.domain.rooms import check_room_name
from chatstream.domain.unicode_ranges import DEFAULT_IGNORABLE, LINE_TURNING
from chatstream.domain.visible_text import (
    CONTROL,
    NOTHING_TO_SEE,
    TURNING,
    UNSEEN,
    is_visible,
    shown_name,
)
from chatstream.errors import ErrorCode, UserError

CHECKS: tuple[Callable[[str], str], ...] = (
    check_name,
    partial(check_room_name, required=True),
    partial(check_room_name, required=False),
    check_message,
)
NAMES = CHECKS[:3]

# Of the thousands of tags and selectors of plane 14 some are enough.
IGNORABLE = [
    chr(code)
    for code in [*range(0xFFFF), *range(0x1B000, 0x1E000), *range(0xE0000, 0xE1000, 61)]
    if re.match(f"[{DEFAULT_IGNORABLE}]", chr(code))
]

JOINED = [
    "👩‍👩‍👧",  # three and two joiners
    "👩🏽‍🚀",  # a skin tone within
    "❤️‍🔥",  # a variation selector within
    "🏴‍☠️",
    "🏳️‍🌈",
    "👨‍❤️‍💋‍👨",
    "🧑🏿‍🤝‍🧑🏻",
    "1️⃣ #️⃣ *️⃣",  # keycaps
    "☀️ ☀︎ ©️",  # as an emoji, as text
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿 🏴󠁵󠁳󠁴󠁸󠁿",  # flags by tags
    "🇰🇷",
    "\U0001fae8 \U0001fac8",  # younger than the standard library's database
    "می‌خواهم",  # Persian, U+200C
    "PDF‌ها",
    "۲۰‌ام",
    "ه‍ ۱۴۰۳",  # U+200D at a word's end
    "क्‍ष क्‌ष",  # Hindi
    "শর্‍য",  # U+200D before the virama
    "ക്‍",  # Malayalam, at the end
    "ශ්‍රී",  # Sinhala
    "ន្‌យ",  # Khmer
    "ᠮᠣᠩᠭᠣᠯ ᠪᠠᠢ᠌ᠭ᠎ᠠ",  # Mongolian
    "葛\U000e0100城",  # an ideograph's variant
    "\u2268\ufe00 0\ufe00 \u3001\ufe01",
    unicodedata.normalize("NFD", "한글 이름"),
    "\u1100\u1160 \u115f\u1161 \u115f\u1160\u11a8 \ua960\u1160",  # lone jamo in syllables
    "ש\u05bc\u034f\u05b8",
]
PLAIN = [
    "김민수",
    "Ａｌｉｃｅ",
    "ㅋㅋ",
    "محمد علي",
    "שלום abc",
    "O'Brien",
    "ภาษาไทย ที่นี่",
    "tiếng Việt",
    unicodedata.normalize("NFD", "tiếng Việt"),
    "བོད་ཡིག",
    "?",
    "a\u00a0b\u3000c",
    "x\ue000",
    "a\u2800b",
    "ⓘ",
    "٣",
    "\u0600١",
]
BLANK = [
    "\u3164",
    "\u115f",
    "\u1160",
    "\uffa0",
    "\u2800",
    "\u2800 \u2800",
    "\U0001d159",
    "\u17b4",
    "\u180e",
    "\u034f",
    "\u00ad",
    "\u061c",
    "\u200b",
    "\u200b\u200d",
    "\u2060",
    "\u2064",
    "\u206f",
    "\ufeff",
    "\ufe0f",
    "\U000e0041",
    "\U0001d173",
    "\ufff0",
    "\u0301",
    "\u20e3",
    "\u0e47",
    "\ue000",
    "\U0010fffd",
    "\u3164\u3164\u3164",
    "\u115f\u1160",
]
LINE_TURNERS = [chr(code) for code in range(0x3000) if re.match(f"[{LINE_TURNING}]", chr(code))]


def reason_of(check: Callable[[str], str], text: str) -> object:
    """Why a text is refused; None when it is accepted, as it is."""
    try:
        kept = check(text)
    except UserError as error:
        refused = error
    else:
        return None if kept == text else f"changed to {kept!r}"
    assert refused.code is ErrorCode.INVALID_INPUT
    assert refused.details["field"] in ("name", "message")
    return refused.details["reason"]


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("text", JOINED + PLAIN, ids=ascii)
def test_what_joins_stays_as_it_is(check: Callable[[str], str], text: str) -> None:
    assert reason_of(check, text) is None


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("text", BLANK, ids=ascii)
def test_what_cannot_be_seen_is_no_text(check: Callable[[str], str], text: str) -> None:
    assert reason_of(check, text) == NOTHING_TO_SEE


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("char", LINE_TURNERS, ids=ascii)
def test_what_turns_the_line_is_refused(check: Callable[[str], str], char: str) -> None:
    assert reason_of(check, f"abc{char}gnp.exe") == TURNING
    assert reason_of(check, f"שלום{char}") == TURNING
    assert reason_of(check, char) == NOTHING_TO_SEE


@pytest.mark.parametrize("check", CHECKS)
def test_nothing_unseen_stands_between_letters_that_it_does_not_join(
    check: Callable[[str], str],
) -> None:
    for letters in ("ab", "가나", "漢字", "אב"):
        joined = {chr(code) for code in range(0xE0100, 0xE01F0)}
        joined |= {chr(code) for code in range(0xFE00, 0xFE10)}
        for char in IGNORABLE:
            if letters == "漢字" and char in joined:
                continue
            assert reason_of(check, f"{letters[0]}{char}{letters[1]}") in (UNSEEN, TURNING), (
                f"{letters} U+{ord(char):04X}"
            )


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize(
    "text",
    [
        "👩\u200d",  # with nothing behind
        "\u200d👩",
        "👩\u200d\u200d👩",
        "👩\u200da",
        "a\u200d👩",
        "👩\u200b👩",
        "☀\ufe0f\ufe0f",
        "a\ufe0f",
        "😀" + "\U000e0141" * 5,  # bytes hidden behind an emoji
        "🏴\U000e0067\U000e0062",  # without the tag that ends it
        "🏴\U000e0067\U000e007f",
        "😀\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "\U000e007fx",
        "می\u200c\u200cخواهم",
        "אב\u200cג",
        "김\u1160민수",
        "a\u1160",
        "\u1160\u11a8가",
        "\u1100\u1161\u1160",
        "a\u034fb",
        "葛\U000e0100\U000e0101",
        "a\U000e0100",
        "pass\u00adword",
        "a\u200eb\u200f",
        "\ufeffabc",
        "a\ufff9b\ufffac\ufffb",
        "a\ufdd0",
        "a\uffff",
        "a\U0010fffe",
    ],
    ids=ascii,
)
def test_what_joins_nothing_is_refused(check: Callable[[str], str], text: str) -> None:
    assert reason_of(check, text) == UNSEEN


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "a\tb", "a\vb", "a\x85b", "a\u2028b\u2029c"])
def test_a_message_has_lines_and_a_name_has_one(text: str) -> None:
    assert reason_of(check_message, text) is None
    assert {reason_of(check, text) for check in NAMES} == {CONTROL}


@pytest.mark.parametrize("text", ["a\x01b", "\x1b[31mred", "a\x7f", "a\x9f", "a\x1fb"], ids=ascii)
def test_controls_that_break_no_line_are_refused_everywhere(text: str) -> None:
    assert {reason_of(check, text) for check in CHECKS} == {CONTROL}


@pytest.mark.parametrize("space", [" ", "\u3000", "\u00a0", "\u2003", "\u2028", "\n", "\t \r\n"])
def test_spaces_alone_are_no_text_and_round_a_name_are_none_of_it(space: str) -> None:
    for check in (check_name, partial(check_room_name, required=True), check_message):
        assert reason_of(check, space * 3) is not None
    assert {check(f"{space}민수{space}") for check in NAMES} == {"민수"}
    assert check_message(f"{space}민수") == f"{space}민수"


def test_the_refused_character_is_named() -> None:
    with pytest.raises(UserError) as refused:
        check_room_name("abc\u202egnp.exe", required=True)
    assert refused.value.details == {"field": "name", "reason": TURNING, "character": "U+202E"}


@given(st.text(max_size=30), st.booleans())
def test_an_accepted_text_has_something_to_see_and_nothing_that_turns(
    text: str, lines: bool
) -> None:
    if is_visible(text, lines=lines):
        assert not re.search(f"[{LINE_TURNING}\u3164\uffa0\u200b\ufeff\u00ad]", text)
        assert not all(unicodedata.category(char)[0] in "ZM" for char in text)
        assert lines or len(text.splitlines()) == 1


@given(
    st.text(st.sampled_from([*"a가م क", "👩", "\ufe0f", "\u200d", "\u0301", "\u1100"]), max_size=8)
)
def test_a_longer_text_is_refused_for_what_a_part_between_spaces_is(text: str) -> None:
    parts = [part for part in text.split(" ") if part]
    faulty = [part for part in parts if re.search("[\ufe0f\u200d]", part)]
    if is_visible(text, lines=False):
        assert all(is_visible(f"{part}.", lines=False) for part in faulty)


def test_a_name_of_old_is_shown_as_something_neutral() -> None:
    assert shown_name("민수", "minsu") == "민수"
    assert shown_name("\u3164", "minsu") == "minsu"
    assert shown_name("abc\u202egnp.exe", "minsu") == "minsu"
    assert shown_name("a\nb", "minsu") == "minsu"
    assert shown_name("", "minsu") == ""


@pytest.mark.parametrize("check", CHECKS[3:])
@pytest.mark.parametrize(
    "text",
    [
        "가" * 4000,
        "👩\u200d" * 1999 + "👩",
        "م\u200c" * 2000,
        "a" + "\u0301" * 3999,
        "1\ufe0f\u20e3" * 1333,
    ],
    ids=ascii,
)
def test_the_longest_messages_pass(check: Callable[[str], str], text: str) -> None:
    assert reason_of(check, text) is None
