"""Letters are what they are, in whatever form they are typed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.forms import plain


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ＫＴＸ", "KTX"),
        ("𝐊𝐓𝐗", "KTX"),
        ("ﬁn", "fin"),
        ("ﾃﾚﾋﾞ", "テレビ"),
        ("\u1112\u1161\u11ab글", "한글"),
        ("cafe\u0301", "caf\u00e9"),
        ("３０００원", "3000원"),
        ("＠ｍｉｎ．", "@min."),
        ("ㅇㅑ ㅋㅋ", "ㅇㅑ ㅋㅋ"),
        ("ﾤﾱￂ", "ㄴㅁㅏ"),
        ("만\u200b나", "만나"),
        ("e\u200b\u0301", "\u00e9"),
        ("가\u3164나", "가 나"),
        ("k\u00adt\u2060x\ufe0f", "ktx"),
        ("™️ ℹ️ 🈁 ㊗️ ①", "™️ ℹ️ 🈁 ㊗️ 1"),
        ("👩\u200d⚕️ 🏴\U000e0067\U000e007f", "👩\u200d⚕️ 🏴\U000e0067\U000e007f"),
        ("25℃ ㎏", "25℃ ㎏"),
    ],
)
def test_a_form_is_the_letter(typed: str, meant: str) -> None:
    assert plain(typed) == meant


@given(st.text())
def test_a_plain_text_is_unchanged_and_composed(text: str) -> None:
    once = plain(text)
    assert plain(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert plain(unicodedata.normalize("NFD", text)) == once


@given(st.text(st.characters(max_codepoint=0x7F)))
def test_ascii_is_plain(text: str) -> None:
    assert plain(text) == text


@given(st.text("abcXYZ012 -_", min_size=1))
def test_full_width_is_what_it_is_in_ascii(text: str) -> None:
    wide = "".join(chr(ord(char) + 0xFEE0) if char != " " else "\u3000" for char in text)
    assert plain(wide).replace("\u3000", " ") == text
