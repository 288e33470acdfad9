"""What looks alike is written alike, and every match leads back to what was typed."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chatstream.domain.folding import fold, fold_with_spans

# Letters, marks, jamo of all three blocks, signs and what shows nothing, more often than chance.
texts = st.text(
    st.characters(exclude_categories=["Cs"])
    | st.sampled_from("aZé\u0301\u0308ßİ가각한ㄱㅏㅄ\u1100\u1161\u11a8ﾡￂｶﾞ\u3099１,1.0 \u3000\n")
    | st.sampled_from("\u200b\u200d\ufe0f❤👍🏽👩💻\u00ad\u3164“’—٣①"),
    max_size=40,
)


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        pytest.param(nfd("회의자료"), "회의자료", id="decomposed Hangul"),
        pytest.param("ＫＴＸ　１２３４호차", "ktx 1234호차", id="full width"),
        pytest.param("ｶﾞｷﾞ ﾊﾟ", "ガギ パ", id="half width katakana"),
        pytest.param("か\u3099", "が", id="a mark that is part of a letter stays"),
        pytest.param("ﾡﾤ", "ㄱㄴ", id="half width jamo"),
        pytest.param("ᄏᄏᄏ", "ㅋㅋㅋ", id="jamo that stand alone"),
        pytest.param("ㅋㅋㅋ 야ㅄ ㅇㅑ", "ㅋㅋㅋ 야ㅄ ㅇㅑ", id="letters form no syllable"),
        pytest.param("Café ÅNGSTRÖM", "cafe angstrom", id="accents"),
        pytest.param("Straße İstanbul ﬁn Łódź", "strasse istanbul fin lodz", id="letters"),
        pytest.param("й ё", "и е", id="Cyrillic"),
        pytest.param("กี हि", "กี हि", id="vowel signs stay"),
        pytest.param("3,000원 1,234,567.5", "3000원 1234567.5", id="grouped digits"),
        pytest.param("1,2 12,34 1,0000 1.000", "1,2 12,34 1,0000 1.000", id="no groups"),
        pytest.param("３，０００", "3000", id="full width groups"),
        pytest.param("٣٤ ① x²", "34 1 x2", id="digits of all kinds"),
        pytest.param("👍🏽 ❤️", "👍 ❤", id="emoji's modifiers"),
        pytest.param("👩🏽\u200d💻", "👩💻", id="joined emoji"),
        pytest.param("don’t “so” a—b", 'don\'t "so" a-b', id="typographic signs"),
        pytest.param("a\u200bb\u00adc", "abc", id="what shows nothing"),
        pytest.param("a  \n\t b", "a b", id="white space"),
        pytest.param("C++ #tag @a.b", "c++ #tag @a.b", id="signs stay"),
    ],
)
def test_what_looks_alike_is_written_alike(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@given(texts)
@example("か\u200b\u3099")
@example("가\u11a8")
@example("1,\u200b000")
@settings(max_examples=200)
def test_folding_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(texts)
@settings(max_examples=100)
def test_normal_forms_and_case_make_no_difference(text: str) -> None:
    for form in ("NFC", "NFD"):
        assert fold(unicodedata.normalize(form, text)) == fold(text)


@given(texts, st.data())
@settings(max_examples=200)
def test_every_part_leads_back_to_a_part_that_folds_to_hold_it(
    text: str, data: st.DataObject
) -> None:
    folded = fold_with_spans(text)
    assert folded.text == fold(text)
    assert len(folded.spans) == len(folded.text)
    assert all(begin < end <= len(text) for begin, end in folded.spans)
    assert list(folded.spans) == sorted(folded.spans)
    begin = data.draw(st.integers(0, len(folded.text)))
    end = data.draw(st.integers(begin, len(folded.text)))
    typed = folded.typed([(begin, end)])
    part = fold("".join(text[a:b] for a, b in typed))
    assert folded.text[begin:end].replace(",", "").strip() in part.replace(",", "")


def test_matches_that_meet_are_one() -> None:
    folded = fold_with_spans("ㅋㅋㅋ ＡＢ")
    assert folded.typed([(0, 1), (1, 2), (4, 5), (2, 3), (3, 3)]) == [(0, 3), (4, 5)]


@pytest.mark.parametrize("piece", ["é👍🏽가나 ", "a\u0301", "1,", "\u0301", "\u200d", "ﾡㅏ", "ㅋ"])
def test_the_longest_text_takes_a_moment_whatever_is_in_it(piece: str) -> None:
    text = (piece * 8000)[:8000]
    began = time.thread_time()
    fold_with_spans(text)
    assert time.thread_time() - began < 0.5
