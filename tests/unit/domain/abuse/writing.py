"""Strategies: what people write, and how they hide it."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.unit.domain.abuse.phrases import ABUSIVE, INNOCENT

INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"

_ALPHABET = "시발씨병신새끼개이놈ㅅㅂㅣㅏㄹㅋ abcfhiknstu01@$!*.,_-\u1109\u1175\u1107\u11af\u0441"


def texts() -> st.SearchStrategy[str]:
    """Listed phrases between anything, letters that make them, and any storable text."""
    anything = st.text(st.characters(codec="utf-8"), max_size=20)
    letters = st.text(_ALPHABET, max_size=20)
    phrase = st.sampled_from(ABUSIVE + INNOCENT)
    return st.lists(st.one_of(phrase, letters, anything), max_size=4).map("".join)


@st.composite
def sprinkled(draw: st.DrawFn, text: str) -> str:
    """The text with invisible characters anywhere in it."""
    gaps = st.text(INVISIBLE, max_size=2)
    return "".join(draw(gaps) + char for char in text) + draw(gaps)
