"""Who is named is what the text says."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.mentions import NAMES, named, names
from tests.growth import grows_too_fast
from tests.long_texts import LONGEST
from tests.texts import cases

MEMBERS = ("minsu", "minsu.", "jiyeon", "jun_", "ab-", "min.su")


def named_members(text: str) -> list[str]:
    """The members that a text names, as a store finds them: the first handle that there is."""
    found = (next((each for each in handles if each in MEMBERS), None) for handles in named(text))
    return list(dict.fromkeys(each for each in found if each is not None))


@pytest.mark.parametrize(("about", "text", "expected"), cases("mentions"))
def test_who_is_named(about: str, text: str, expected: list[str]) -> None:
    assert named_members(text) == expected, about


@given(st.text(), st.characters(categories=("L", "N")).filter(lambda char: char < "\u1100"))
def test_nobody_is_named_within_a_word(before: str, letter: str) -> None:
    assert named_members(f"{before} {letter}@minsu") == named_members(before)


@given(
    st.sampled_from(["", " ", "\n", "(", "「", "안녕", "😀", "「", "“"]), st.sampled_from(MEMBERS)
)
def test_a_name_stands_between_anything_that_is_no_latin_word(before: str, handle: str) -> None:
    for behind in ("", " hi", "님", "가", "야 안녕", ")", "」", ",", "!", "😀"):
        text = f"{before}@{handle}{behind}"
        expected = ["minsu"] if handle == "minsu." else [handle]
        assert named_members(text) == named_members(unicodedata.normalize("NFD", text)) == expected


@given(st.text("@＠ab._-1é가 \u200b\ufe0f/:", max_size=60))
def test_every_name_is_typed_behind_a_sign(text: str) -> None:
    for name in names(text):
        assert text[name.start] in "@＠"
        for handle in name.handles:
            typed = text[name.start + 1 : name.start + 1 + len(handle)]
            assert typed.lower() == handle
            assert 3 <= len(handle) <= 40


def test_not_every_name_of_a_long_text_is_looked_up() -> None:
    assert len(named(" ".join(f"@user{number}" for number in range(400)))) == NAMES


FAMILIES: dict[str, Callable[[int], str]] = {
    "signs": lambda n: "@" * n,
    "names": lambda n: "@minsu " * (n // 7),
    "a name with signs": lambda n: "@minsu" + "_" * n,
    "names with signs": lambda n: f"@minsu{'_' * 34} " * (n // 41),
    "unseen signs": lambda n: "a" + "\u200b" * n + "@minsu",
    "unseen signs and signs": lambda n: "\u200b@" * (n // 2),
    "links": lambda n: "http://a.kr @a " * (n // 15),
}


def test_finding_names_costs_no_more_than_the_length() -> None:
    def work(text: str) -> None:
        list(names(text))

    lengths = (LONGEST // 4, LONGEST // 2, LONGEST)
    wrong = {name: grows_too_fast(work, text_of, lengths) for name, text_of in FAMILIES.items()}
    assert {name: told for name, told in wrong.items() if told} == {}
