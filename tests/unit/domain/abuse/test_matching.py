"""Listed words are found however they are hidden, and innocent ones are left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.abuse.matching import MASK, Matcher
from chatstream.domain.abuse.policy import ListedWords
from tests.unit.domain.abuse.phrases import ABUSIVE, INNOCENT
from tests.unit.domain.abuse.writing import INVISIBLE, sprinkled, texts

MATCHER = Matcher(ListedWords())
PHRASES = 300
PRECISION = 0.97
RECALL = 0.95


def test_the_lists_find_abuse_and_little_else() -> None:
    missed = [phrase for phrase in ABUSIVE if not MATCHER.find(phrase)]
    wrong = [phrase for phrase in INNOCENT if MATCHER.find(phrase)]
    found = len(ABUSIVE) - len(missed)
    precision = found / (found + len(wrong))
    recall = found / len(ABUSIVE)
    told = f"precision {precision:.3f}, recall {recall:.3f}; missed {missed}; wrong {wrong}"
    assert len(ABUSIVE) + len(INNOCENT) >= PHRASES
    assert precision >= PRECISION, told
    assert recall >= RECALL, told


def test_no_phrase_is_labelled_twice() -> None:
    phrases = ABUSIVE + INNOCENT
    assert sorted(set(phrases)) == sorted(phrases)


@pytest.mark.parametrize(
    "text",
    [
        "시발점",
        "고양이 새끼",
        "우리 개 새끼 낳았어",
        "새끼손가락",
        "다시 발견",
        "옷부터",
        "김 씨 발 아파",
        "Scunthorpe",
        "assassin",
        "class",
        "Galaxy A55",
        "Adele's hit song",
    ],
)
def test_innocent_words_pass(text: str) -> None:
    assert MATCHER.mask(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("아 시발 진짜", "아 ●● 진짜"),
        ("ㅅㅣㅂㅏㄹ!", "●●●●●!"),
        ("시 발", "●●●"),
        ("시1발놈", "●●●놈"),
        ("시\u200b발", "●\u200b●"),
        ("\u1109\u1175\u1107\u1161\u11af", "●●●●●"),
        ("oh f u c k you", "oh ●●●●●●● you"),
        ("ＦＵＣＫ 🙂", "●●●● 🙂"),
        ("f\u0441k, f**k", "●●●, ●●●●"),
        ("시발점에서 시발", "시발점에서 ●●"),
        ("시발시발시발시발", "●●●●●●●●"),
    ],
)
def test_only_the_listed_word_is_masked(text: str, masked: str) -> None:
    assert MATCHER.mask(text) == masked


def test_a_word_right_after_another_is_found_too() -> None:
    assert [found.word for found in MATCHER.find("시발시발시발시발")] == ["시발"] * 4


def test_a_word_of_both_lists_is_refused() -> None:
    matcher = Matcher(ListedWords(masked=("bad*",), refused=("bad*",), allowed=()))
    assert any(found.refused for found in matcher.find("bad"))


def test_where_a_word_must_stand_is_the_lists_matter() -> None:
    matcher = Matcher(ListedWords(masked=("one", "two*", "*six*", "go_by"), refused=(), allowed=()))
    hit = {
        text: bool(matcher.find(text))
        for text in ("one", "ones", "oneself", "twofold", "untwo", "asixb", "go by", "goby")
    }
    assert hit == {
        "one": True,
        "ones": True,
        "oneself": False,
        "twofold": True,
        "untwo": False,
        "asixb": True,
        "go by": True,
        "goby": True,
    }


def test_a_space_in_a_list_is_as_good_as_its_sign() -> None:
    matcher = Matcher(ListedWords(masked=("go by",), refused=(), allowed=("we go by",)))
    assert [bool(matcher.find(text)) for text in ("go  by", "goby", "we go by")] == [
        True,
        True,
        False,
    ]


def test_characters_in_brackets_are_a_choice() -> None:
    matcher = Matcher(ListedWords(masked=("가[나다]*",), refused=(), allowed=("가나_라",)))
    assert [bool(matcher.find(text)) for text in ("가나", "가다", "가라", "가나 라")] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize("words", [(), ("",), ("***",), ("_",), ("()",)])
def test_lists_without_a_letter_find_nothing(words: tuple[str, ...]) -> None:
    assert Matcher(ListedWords(words, words, words)).find("anything at all (***) _") == []


@given(texts())
def test_masking_keeps_every_other_character_and_leaves_no_listed_word(text: str) -> None:
    masked = MATCHER.mask(text)
    assert len(masked) == len(text)
    assert all(new in (old, MASK) for old, new in zip(text, masked, strict=True))
    assert MATCHER.find(masked) == []
    assert MATCHER.mask(masked) == masked


def test_what_is_not_seen_in_a_word_that_is_masked_is_no_sign_between_others() -> None:
    words = Matcher(ListedWords(masked=("시발", "ㅅㅂ"), refused=(), allowed=()))
    for text in ("@ᄉ000시발ᄇ", "@ᄉ000시\u00ad발ᄇ", "@ᄉ000시\u00ad\u200b발ᄇ"):
        seen = words.mask(text).translate(dict.fromkeys(map(ord, INVISIBLE)))
        assert seen == words.mask("@ᄉ000시발ᄇ")


@given(st.data(), texts())
def test_invisible_characters_hide_nothing(data: st.DataObject, text: str) -> None:
    hidden = data.draw(sprinkled(text))
    visible = [found.word for found in MATCHER.find(text)]
    assert [found.word for found in MATCHER.find(hidden)] == visible
    bare = MATCHER.mask(hidden).replace(MASK, "").translate(dict.fromkeys(map(ord, INVISIBLE)))
    assert bare == MATCHER.mask(text).replace(MASK, "").translate(
        dict.fromkeys(map(ord, INVISIBLE))
    )


def test_what_stands_behind_a_path_is_no_part_of_it() -> None:
    words = ListedWords(refused=("시발*",), masked=(), allowed=())
    found = Matcher(words).find("https://a.example/b시발 a.example/c.시발")
    assert [each.start for each in found] == [19, 34]
