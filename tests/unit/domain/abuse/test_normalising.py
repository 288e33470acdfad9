"""One form for all ways of writing the same letters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.abuse.normalising import normalise
from tests.unit.domain.abuse.writing import INVISIBLE, sprinkled, texts


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("ＦＵＣＫ", "fuck"),
        ("ⓕⓤⓒⓚ", "fuck"),
        ("ꜰᴜᴄᴋ", "fuck"),
        ("s\u0441\u0430m", "scam"),
        ("e\u0301tude", "etude"),
        ("sh1t", "shit"),
        ("a$$", "ass"),
        ("\u1109\u1175", "시"),
        ("\u1109\u1107", "ㅅㅂ"),
        ("ﾲﾵ", "ㅂㅅ"),
        ("㉠", "ㄱ"),
        ("a\u3000b\tc", "a b c"),
    ],
)
def test_what_looks_alike_becomes_alike(text: str, same: str) -> None:
    assert normalise(text).text == normalise(same).text


@pytest.mark.parametrize(("text", "other"), [("ㅅㅂ", "옷부"), ("10:30", "io:eo"), ("hi!", "hii")])
def test_what_differs_stays_different(text: str, other: str) -> None:
    assert normalise(other).text not in normalise(text).text


@given(texts())
def test_normalising_again_changes_nothing(text: str) -> None:
    once = normalise(text).text
    assert normalise(once).text == once


@given(st.characters(codec="utf-8"))
def test_every_character_folds_to_what_stays(char: str) -> None:
    once = normalise(char).text
    assert normalise(once).text == once


@given(texts())
def test_every_character_knows_where_it_is_from(text: str) -> None:
    normal = normalise(text)
    origins = normal.origins()
    assert len(origins) == len(normal.text) == len(normal.written)
    assert origins == sorted(origins)
    assert all(0 <= origin < len(text) for origin in origins)


@given(st.data(), texts())
def test_invisible_characters_leave_no_trace(data: st.DataObject, text: str) -> None:
    assert normalise(data.draw(sprinkled(text))).text == normalise(text).text
    assert normalise(INVISIBLE).text == ""
