"""The rule of own words, by readings that are written here."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from chatstream.domain.abuse.matching import Matcher
from chatstream.domain.abuse.own_words import Reader
from chatstream.domain.abuse.policy import ListedWords

MATCHER = Matcher(ListedWords(masked=("시발*", "*지랄*", "염병", "시바!"), refused=(), allowed=()))


def reading(divided: str) -> Reader:
    """A dictionary that knows what stands between bars; a word in brackets it does not know."""

    def read(text: str) -> Sequence[tuple[int, int]]:
        words, end = [], 0
        for word in divided.replace(" ", "|").split("|"):
            bare = word.strip("[]")
            start = text.index(bare, end)
            end = start + len(bare)
            if word == bare:
                words.append((start, end))
        return words

    return read


@pytest.mark.parametrize(
    ("divided", "is_own"),
    [
        ("시발|놈", True),
        ("시|발놈", True),  # at the start, with nothing but an ending: no reading excuses it
        ("시|발이", True),
        ("아|시발", True),
        ("진짜|시발", True),
        ("아시|발", True),  # glued to what an insult is glued to
        ("이시발", False),  # one longer word
        ("개시|발권", False),
        ("아|시발|권총", True),
        ("개시|발|[권]", False),
        ("개|[시발]|권총", True),  # no word that is known crosses its ends
        ("시발|점심", True),
        ("시|발점심", False),
        ("개지랄|해", True),  # listed to stand anywhere
        ("이미지|랄까", False),
        ("전염병", False),
        ("아|염병", True),
        ("아 시발 권", True),
    ],
)
def test_a_listed_word_counts_as_its_own_word(divided: str, is_own: bool) -> None:
    text = divided.translate(dict.fromkeys(map(ord, "|[]")))
    assert bool(MATCHER.find(text, reading(divided))) is is_own


def test_the_text_is_read_once_and_only_when_the_place_does_not_tell() -> None:
    asked: list[str] = []

    def read(text: str) -> Sequence[tuple[int, int]]:
        asked.append(text)
        return ()

    for text in ("오늘 점심 뭐 먹지", "시발", "아 시발놈", "시.발", "fuck"):
        MATCHER.find(text, read)
    assert asked == []
    MATCHER.find("개시발권 개시발권 개시발권", read)
    assert asked == ["개시발권 개시발권 개시발권"]


def test_a_reader_gets_whole_syllables_whatever_the_text_is_written_in() -> None:
    asked: list[str] = []

    def read(text: str) -> Sequence[tuple[int, int]]:
        asked.append(text)
        return [(0, 2), (2, 4)]

    for text in ("개시발권", "개시발권", "개\u200b시발\u200b권", "\u1100\u1162시발권"):
        assert MATCHER.find(text, read) == []
    assert asked == ["개시발권"] * 4


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("시바", True),
        ("시바 진짜", True),
        ("시바ㅋㅋ", True),
        ("시바를 키워", False),
        ("시바가", False),
    ],
)
def test_an_outcry_takes_no_particle(text: str, hit: bool) -> None:
    assert bool(MATCHER.find(text)) is hit
