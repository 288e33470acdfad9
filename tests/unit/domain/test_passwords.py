"""What a password may be, that it is the same on every keyboard, and how it is guessed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.keyboards import typed_keys
from chatstream.domain.korean_passwords import WORDS
from chatstream.domain.passwords import (
    KOREAN_WORDS,
    check_password_length,
    check_password_strength,
    is_korean_word,
    normalised,
    readings,
    spellings,
)
from chatstream.errors import ErrorCode, UserError

hangul = st.text(
    st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3)
    | st.characters(min_codepoint=0x3131, max_codepoint=0x3163),
    max_size=12,
)


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


@given(st.text(min_size=8, max_size=256))
def test_a_password_is_kept_as_typed_but_for_its_composition(text: str) -> None:
    try:
        kept = check_password_length(text)
    except UserError:
        assert len(normalised(text)) < 8
        return
    assert kept == unicodedata.normalize("NFC", text)
    assert check_password_length(kept) == kept


@pytest.mark.parametrize(
    "text", ["        ", "ｐａｓｓｗｏｒｄ", "PassWord ", " 비밀 번호 입니다", "\u3164" * 8]
)
def test_width_case_and_spaces_count(text: str) -> None:
    assert check_password_length(text) == text


@pytest.mark.parametrize(
    "text", ["", "1234567", "x" * 257, "안녕하세요", nfd("안녕하세요"), "가" * 257]
)
def test_a_password_has_8_to_256_characters_composed(text: str) -> None:
    with pytest.raises(UserError) as refused:
        check_password_length(text)
    assert refused.value.code is ErrorCode.INVALID_INPUT
    assert text == "" or text not in str(refused.value)
    assert check_password_length(nfd("가") * 256) == "가" * 256


@given(hangul | st.text(max_size=12))
def test_a_password_typed_elsewhere_is_the_same(text: str) -> None:
    for form in ("NFC", "NFD"):
        assert normalised(unicodedata.normalize(form, text)) == normalised(text)
    assert spellings(text)[0] == normalised(text)
    assert {text, nfd(text)} <= set(spellings(text))
    assert len(spellings(text)) <= 3


def test_what_has_one_spelling_is_looked_at_once() -> None:
    assert spellings("correct horse") == ("correct horse",)
    assert len(spellings("사랑해 우리 모두")) == 2


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("사랑해12!", "tkfkdgo12!"),
        ("안녕하세요", "dkssudgktpdy"),
        ("비밀번호", "qlalfqjsgh"),
        ("오빠 꽃 쀏", "dhQk Rhc Qnpfq"),
        ("닭 값 읽다 얹 많 핥 읊 싫", "ekfr rkqt dlfrek djsw aksg gkfx dmfv tlfg"),
        ("왜 웬 위 의 와 워 외", "dho dnps dnl dml dhk dnj dhl"),
        ("ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ", "qwertyuiop"),
        ("ㅁㄴㅇㄹㅎㅗㅓㅏㅣ", "asdfghjkl"),
        ("ㅋㅌㅊㅍㅠㅜㅡ", "zxcvbnm"),
        ("ㅃㅉㄸㄲㅆㅒㅖ", "QWERTOP"),
        ("ｔｋｆｋｄ１", "tkfkd1"),
        ("Abc 漢", "Abc 漢"),
    ],
)
def test_a_text_is_read_by_the_keys_that_typed_it(text: str, keys: str) -> None:
    assert typed_keys(text) == keys
    assert typed_keys(nfd(text)) == keys


@given(hangul)
def test_no_hangul_is_left_and_parts_are_typed_one_after_the_other(text: str) -> None:
    keys = typed_keys(text)
    assert keys.isascii()
    assert keys.isalpha() or not text
    assert keys == "".join(map(typed_keys, text))
    assert typed_keys(keys) == keys


DRESSED = ["{}", "{}1", "{}12!", "{}1234", "1{}", "!!{}!!", "{} 2024!", "12{}34", "{}{}", "{}12{}"]


@pytest.mark.parametrize("dress", DRESSED)
def test_common_korean_words_are_known_however_they_are_typed(dress: str) -> None:
    for word in WORDS:
        text = dress.replace("{}", word)
        keys = typed_keys(text)
        wide = "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in keys)
        for typed in (
            text,
            nfd(text),
            keys,
            keys.upper(),
            keys.capitalize(),
            keys.swapcase(),
            wide,
        ):
            assert is_korean_word(typed), typed


@pytest.mark.parametrize(
    "text",
    [
        "correct horse battery staple",
        "tkfkdgo83920174619",  # what is around is as long as a password
        "Xk2-tkfkdgo-9vQ!",
        "산책하다만난고슴도치",
        "사랑해감사합니다행복하자",  # three words
        "사랑해漢字漢字",
        "password1",  # zxcvbn knows it
        "",
        "12345678",
    ],
)
def test_other_passwords_are_no_korean_word(text: str) -> None:
    assert not is_korean_word(text)


def test_the_words_are_each_listed_once_as_keys() -> None:
    assert len(set(WORDS)) == len(WORDS)
    assert len(set(KOREAN_WORDS)) == len(KOREAN_WORDS)
    assert all(word.isascii() and word.isalpha() and word.islower() for word in KOREAN_WORDS)
    assert {"tkfkdgo", "dkssudgktpdy", "qlalfqjsgh", "eogksalsrnr"} <= set(KOREAN_WORDS)


def test_the_readings_of_a_password_are_each_once_and_itself_first() -> None:
    assert readings("tkfkdgo1") == ("tkfkdgo1",)
    assert readings("사랑해１") == ("사랑해１", "사랑해1", "tkfkdgo1")


def test_a_common_password_is_refused_without_being_shown() -> None:
    with pytest.raises(UserError) as refused:
        check_password_strength("hunter2hunter2", ["minsu"], lambda text, known: "minsu" in known)
    assert refused.value.code is ErrorCode.WEAK_PASSWORD
    assert "hunter2" not in str(refused.value)
