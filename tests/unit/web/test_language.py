"""Which language an Accept-Language header asks for, however it is written."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from web.edge.language import LANGUAGES, accepted

TAGS = ("ko", "en", "ko-KR", "en-US", "KO", "en-Latn-GB", "fr", "de-DE", "kok", "*", "")
WEIGHTS = st.integers(0, 1000)
SPACES = st.sampled_from(["", " ", "\t"])


@st.composite
def wanted(draw: st.DrawFn) -> tuple[str, str, int]:
    """An element of the header, the language it is for, and its weight in thousandths."""
    tag, weight, space = draw(st.sampled_from(TAGS)), draw(WEIGHTS), draw(SPACES)
    language = tag.lower().partition("-")[0]
    if weight == 1000 and draw(st.booleans()):
        return f"{space}{tag}{space}", language, weight
    name = draw(st.sampled_from("qQ"))
    return f"{space}{tag}{space};{space}{name}={weight / 1000:.3f}{space}", language, weight


@given(st.lists(wanted(), max_size=8))
def test_the_language_of_the_greatest_weight_is_chosen_and_the_first_of_two_alike(
    parts: list[tuple[str, str, int]],
) -> None:
    ours = [(language, weight) for _, language, weight in parts if language in LANGUAGES and weight]
    best = max(ours, key=lambda each: each[1], default=("en", 0))
    assert accepted(",".join(text for text, _, _ in parts)) == best[0]


@given(st.text(max_size=50), st.text(max_size=50))
def test_what_is_no_element_takes_nothing_from_those_that_are(before: str, behind: str) -> None:
    assert accepted(before) in LANGUAGES
    for noise in (before, behind):
        if "ko" not in noise.lower() and "en" not in noise.lower() and "," not in noise:
            assert accepted(f"x-{noise},ko;q=0.5,{noise}") == "ko"


def test_a_header_of_any_length_is_read_as_far_as_browsers_write_one() -> None:
    assert accepted("fr," * 100_000 + "ko") == "en"
