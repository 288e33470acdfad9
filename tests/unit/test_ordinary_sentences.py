"""Ordinary sentences pass, listed words do not: the rules with the dictionary, as in a worker.

The corpus is in `tests/ordinary.py`.
"""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given, settings

from chatstream.domain.abuse.account import AccountCounters, follow
from chatstream.domain.abuse.matching import MASK, Matcher
from chatstream.domain.abuse.messages import read, trace_of
from chatstream.domain.abuse.policy import DEFAULT
from chatstream.domain.abuse.room import RoomCounters, judge
from chatstream.domain.abuse.verdicts import Outcome
from infra.text.mecab import DictionaryReader
from tests.ordinary import listed, ordinary
from tests.unit.domain.abuse.phrases import ABUSIVE, INNOCENT
from tests.unit.domain.abuse.writing import texts

MATCHER = Matcher(DEFAULT.words)
READER = DictionaryReader()

FALSE_ALARMS = 3
ORDINARY = 3000
KOREAN = 1500
BY_HAND = 600
LISTED = 200
_HANGUL = re.compile("[가-힣]")

SIX = (
    "이시바 총리",
    "아시바 설치는",
    "영수증 다시발급해주세요",
    "수박씨발라줘",
    "항공권 개시발권",
    "오늘 급식충분해요",
)


def words_in(text: str) -> list[str]:
    return [found.word for found in MATCHER.find(text, READER)]


def test_of_thousands_of_ordinary_sentences_three_are_alarms_at_most() -> None:
    sources = ordinary()
    sentences = dict.fromkeys(each for source in sources.values() for each in source)
    alarms = {text: found for text in sentences if (found := words_in(text))}
    counted = Counter({name: len(source) for name, source in sources.items()})
    assert len(sentences) >= ORDINARY, counted
    assert sum(_HANGUL.search(text) is not None for text in sentences) >= KOREAN
    assert counted["korean"] + counted["english"] >= BY_HAND
    assert len(alarms) <= FALSE_ALARMS, alarms


def test_every_listed_phrase_is_found_however_it_is_hidden() -> None:
    phrases = listed()
    assert len(set(phrases)) >= LISTED
    assert [phrase for phrase in (*phrases, *ABUSIVE) if not words_in(phrase)] == []
    assert [phrase for phrase in INNOCENT if words_in(phrase)] == []


@pytest.mark.parametrize("text", [*SIX, "나가 뒤져볼게", "이쪽발이 저려", "a chink of light"])
def test_a_listed_word_within_ordinary_ones_is_none(text: str) -> None:
    assert MATCHER.mask(text, reader=READER) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("븅1딱 같은", "●●● 같은"),
        ("아 씪발", "아 ●●"),
        ("s발 뭐야", "●● 뭐야"),
        ("야 개시키야", "야 ●●●야"),
        ("영수증 다시발급해 시발", "영수증 다시발급해 ●●"),
        ("그래서씨발어쩌라고", "그래서●●어쩌라고"),
    ],
)
def test_the_listed_word_alone_is_masked(text: str, masked: str) -> None:
    assert MATCHER.mask(text, reader=READER) == masked


def test_six_ordinary_sentences_mute_nobody() -> None:
    room, account = RoomCounters(), AccountCounters()
    for at, text in enumerate(SIX):
        verdict, room = judge(DEFAULT, room, text, float(at), READER)
        trace = trace_of(DEFAULT, read(DEFAULT, text, READER))
        over_all, account = follow(DEFAULT, account, "room", trace, verdict, float(at))
        assert (verdict.outcome, over_all.outcome) == (Outcome.PASS, Outcome.PASS), text
    assert (room.conduct.strikes, account.conduct.strikes) == ((), ())


@settings(max_examples=50)
@given(texts())
def test_with_a_reader_too_masking_leaves_no_listed_word(text: str) -> None:
    masked = MATCHER.mask(text, reader=READER)
    assert len(masked) == len(text)
    assert all(new in (old, MASK) for old, new in zip(text, masked, strict=True))
    assert MATCHER.find(masked, READER) == []
