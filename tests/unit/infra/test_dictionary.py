"""Own words and stop words: counted as they stand, particles or not."""

from __future__ import annotations

import pytest

from chatstream.domain.dictionary import WordLists
from infra.text.dictionary import Dictionary
from infra.text.korean import Words


@pytest.fixture(scope="module")
def words() -> Words:
    own = frozenset({"아아메", "얼죽아", "점메추", "k-pop", "갓생러"})
    return Words(Dictionary(own, frozenset({"커피", "music"})))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("아아메를 마셨다", {"아아메": 1, "마시다": 1}),
        ("얼죽아는 아아메만", {"얼죽아": 1, "아아메": 1}),
        ("점메추", {"점메추": 1}),
        ("오늘 점메추 부탁해요 점메추", {"점메추": 2, "오늘": 1, "부탁": 1}),
        ("서울에서 점메추는?", {"서울": 1, "점메추": 1}),
        ("K-Pop k-pops", {"k-pop": 1, "pops": 1}),
        ("커피 music 친구", {"친구": 1}),
        ("갓생러 제주", {"갓생러": 1, "제주": 1}),
    ],
)
def test_own_words_count_as_they_stand_and_stop_words_do_not(
    words: Words, text: str, expected: dict[str, int]
) -> None:
    assert words.count(text) == expected


def test_without_a_dictionary_nothing_changes() -> None:
    plain, other = Words(), Words(Dictionary(frozenset({"아아메"})))
    for text in ("오늘 강남역에서 친구를 만났어요", "Message Check! ☕", "서울은 제주가 아니다"):
        assert plain.count(text) == other.count(text)


def test_a_dictionary_is_that_of_its_lists() -> None:
    lists = WordLists(frozenset({"k-pop"}), frozenset({"커피"}))
    assert Words(Dictionary.of(lists)).count("K-Pop 커피") == {"k-pop": 1}
