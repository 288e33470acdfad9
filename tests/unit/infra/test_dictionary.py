"""Own words and stop words: counted as they stand, particles or not, and a file that is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatstream.errors import ConfigurationError
from infra.text.dictionary import Dictionary, read_dictionary
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


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "words.json"
    path.write_text(json.dumps({"words": ["K-Pop"], "stopWords": ["커피"]}))
    found = read_dictionary(path)
    assert (found.words, found.stop_words) == (frozenset({"k-pop"}), frozenset({"커피"}))
    assert read_dictionary(None).words == frozenset()


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"more": []}',
        '{"words": "x"}',
        '{"words": ["two words"]}',
        '{"words": ["12"]}',
        '{"words": [""]}',
        '{"stopWords": [1]}',
    ],
)
def test_a_file_that_is_wrong_ends_the_start(tmp_path: Path, content: str) -> None:
    path = tmp_path / "words.json"
    path.write_text(content)
    with pytest.raises(ConfigurationError):
        read_dictionary(path)


def test_a_file_that_is_not_there_ends_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        read_dictionary(tmp_path / "none.json")
