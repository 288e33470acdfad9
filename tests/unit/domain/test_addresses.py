"""An address ends where the text around it begins, and its host is the one that is read."""

from __future__ import annotations

import unicodedata
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.addresses import addresses
from tests.growth import grows_too_fast
from tests.long_texts import LONGEST
from tests.texts import cases

PIECES = (
    "https://", "http://", "naver", ".com", ".kr", "한글", ".한국", "을", "에서", ".", "-", "_",
    ":80", "@", "/", "?q=", "#", "(", ")", "[", "]", "~",
    "…", "。", "．", "\u200b", "\u202e", "\u0430", "é", "ㅋ", "1", "0x7f", "%2e", " ",
    "😀", "\ufe0f", "\ufeff", "\\", "\u1112\u1161\u11ab", "\u0301", "www.",
)  # fmt: skip


def texts() -> st.SearchStrategy[str]:
    """Pieces of addresses and of what stands around them, in any order, and any text."""
    pieces = st.lists(st.sampled_from(PIECES), max_size=10).map("".join)
    return st.one_of(pieces.map("https://".__add__), pieces, st.text().map("http://a.kr".__add__))


def found(text: str, *, without_scheme: bool = False) -> list[str]:
    return [text[each.start : each.end] for each in addresses(text, without_scheme=without_scheme)]


@pytest.mark.parametrize(("about", "text", "expected"), cases("links"))
def test_an_address_is_found_as_the_page_links_it(
    about: str, text: str, expected: list[str]
) -> None:
    assert found(text) == expected, about


@given(texts())
def test_an_address_is_typed_so_and_holds_nothing_unseen(text: str) -> None:
    done = 0
    for each in addresses(text):
        address = text[each.start : each.end]
        assert done <= each.start
        assert address.lower().startswith(("http://", "https://"))
        assert address.partition("://")[2].startswith(each.host)
        assert address.endswith(each.path)
        assert all(unicodedata.category(char)[0] not in "CZ" for char in address)
        assert address.isascii() or not each.host.isascii()
        done = each.end


@given(texts(), st.sampled_from(["을", "에서", "점심", "ㅋㅋ", "を見る"]))
def test_what_is_written_behind_an_ascii_address_changes_nothing(text: str, behind: str) -> None:
    for each in addresses(text):
        address = text[each.start : each.end]
        is_whole = each.host.isascii() and (each.path or "." in each.host)
        if is_whole and not each.host.startswith("["):
            assert found(f"{address}{behind}")[:1] in ([address], [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("www.naver.com에서 만나", ["www.naver.com"]),
        (
            "(www.naver.com/a)는 https://www.naver.com을",
            ["www.naver.com/a", "https://www.naver.com"],
        ),
        ("me@www.naver.com awww.naver.com www.", []),
    ],
)
def test_an_address_without_a_scheme_begins_with_www(text: str, expected: list[str]) -> None:
    assert found(text, without_scheme=True) == expected


FAMILIES = {
    "hyphens": "http://a{}".format, "particles": "http://a.kr{}".format,
    "path": "http://a.kr/{}".format, "alone": "{}".format,
}  # fmt: skip
SIGNS = (
    "-", ".", ".a", "을", ".한", "http://", "http://a.kr", "a:", "@", "\u200b",
    "(", ")", "()", "~", "www.", "www.a.kr",
)  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES)
def test_finding_addresses_costs_no_more_than_the_length(family: str) -> None:
    def work(text: str) -> None:
        list(addresses(text, without_scheme=True))

    def text_of(sign: str, length: int) -> str:
        return FAMILIES[family](sign * (length // len(sign)))

    lengths = (LONGEST // 4, LONGEST // 2, LONGEST)
    wrong = {sign: grows_too_fast(work, partial(text_of, sign), lengths) for sign in SIGNS}
    assert {sign: told for sign, told in wrong.items() if told} == {}
