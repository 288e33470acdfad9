"""Which messages say the same: numbers count as said, except where something is offered."""

from __future__ import annotations

import string
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chatstream.domain.abuse import account, room
from chatstream.domain.abuse.account import AccountCounters
from chatstream.domain.abuse.gist import offers
from chatstream.domain.abuse.messages import read
from chatstream.domain.abuse.normalising import normalise
from chatstream.domain.abuse.policy import DEFAULT, Escalation
from chatstream.domain.abuse.room import RoomCounters
from chatstream.domain.abuse.verdicts import Outcome, Reason

CALM = replace(DEFAULT, version="calm-gist", escalation=Escalation(ladder=()))

# What people count, tell and call; `{}` is the number.
COUNTED = (
    "빠른 메시지 {}",
    "fast message number {}",
    "회의 {}시에 시작합니다",
    "12월 {}일에 만나요",
    "2026-12-{} 회의실 예약",
    "오늘 경기 점수는 {}:2 입니다",
    "집에 가는 {}번 버스 도착",
    "메시지 {} 입니다 여러분",
    "버스 7016, {} 정류장 남았습니다",
    "팔굽혀펴기 {}개 했어요",
    "주문번호 20261225{} 확인 부탁",
    "체온은 36.{}도입니다 선생님",
    "we won game {} of the season",
    "3원칙 가운데 {}번을 읽으세요",
    "이 노선 {} 원래 늦게 옵니다",
)
OFFERED = (
    "무료 머니 지급 이벤트 https://money.example/{}",
    "놀러 오세요 money.com/{} 지금",
    "상담 문의는 010-1234-{0}{0}{0}{0} 으로",
    "상담 문의는 0101234{0}{0}{0}{0} 으로",
    "상담 문의는 ０１０－１２３４－{0}{0}{0}{0} 으로",
    "상담 문의는 010.1234.{0}{0}{0}{0} 으로",
    "상담 문의는 0 1 0 1 2 3 4 {0} {0} {0} {0} 으로",
    "상담 문의는 (02) 123-{0}{0}{0}{0} 으로",
    "상담 문의는 +82 10-1234-{0}{0}{0}{0} 으로",
    "상담 문의는 +82(0)10 1234 {0}{0}{0}{0} 으로",
    "상담 문의는 0082-10-1234-{0}{0}{0}{0} 으로",
    "상담 문의는 1588-{0}{0}{0}{0} 으로",
    "상담 문의는 O1O-1234-{0}{0}{0}{0} 으로",
    "please call me now +1 (555) 012-{0}{0}{0}{0}",
    "한정 수량 판매 {},000원",
    "한정 수량 판매 {}만원",
    "한정 수량 판매 {} 만 원부터",
    "한정 수량 판매 ₩{}",
    "한정 수량 판매 ￦{}",
    "한정 수량 판매 ${}",
    "한정 수량 판매 ＄{}",
    "special price for you {}00 won",
    "special price for you {},000 won",
    "special price for you {} dollars",
    "한정 수량 판매 오만원 {}개",
    "가나다라마바사아자차" * 4 + "카 {}",
)


def gist(text: str) -> str:
    return read(CALM, text).gist


@pytest.mark.parametrize("line", COUNTED)
def test_counting_aloud_says_something_new_each_time(line: str) -> None:
    assert len({gist(line.format(number)) for number in range(1000)}) == 1000


@pytest.mark.parametrize("line", OFFERED)
def test_an_offer_says_the_same_whatever_its_number(line: str) -> None:
    assert len({gist(line.format(number)) for number in range(1, 10)}) == 1


@pytest.mark.parametrize("text", ["하나", "둘", "셋", "첫 번째 줄", "두 번째 줄", "일", "이", "삼"])
def test_korean_numerals_are_words_as_others(text: str) -> None:
    assert gist(f"빠른 메시지 {text}") != gist("빠른 메시지 넷")


def test_forty_letters_are_counting_and_one_more_is_not() -> None:
    for letters, said in (("가나다라마바사아자차" * 4, 2), ("가나다라마바사아자차" * 4 + "카", 1)):
        for form in ("NFC", "NFD"):
            line = unicodedata.normalize(form, letters)
            assert len({gist(f"{line} {number}") for number in range(2)}) == said


@given(st.sampled_from(COUNTED), st.integers(0, 99_999), st.integers(0, 99_999))
def test_two_numbers_are_two_and_full_width_is_the_same(line: str, one: int, other: int) -> None:
    assume(one != other)
    assert gist(line.format(one)) != gist(line.format(other))
    wide = str(one).translate(str.maketrans(string.digits, "０１２３４５６７８９"))
    assert gist(line.format(one)) == gist(line.format(wide))


def test_signs_within_a_number_are_part_of_it() -> None:
    lines = ["지금 점수는 3:2 입니다", "지금 점수는 32 입니다", "지금 점수는 3 2 입니다"]
    assert len({gist(line) for line in lines}) == 3
    assert gist("지금 점수는 3 : 2 입니다!!") == gist("지금 점수는 3:2 입니다")


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-25 10:30",
        "12/25",
        "오전 11시",
        "3월 1일 2시 30분",
        "3:2",
        "9401",
        "20261225001",
        "0000000012",
        "1592-1598",
        "10,000 steps",
        "1,000명",
        "5만 명",
        "2 won",
        "회원 3명",
        "그럼 이만 원위치",
    ],
)
def test_other_numbers_offer_nothing(text: str) -> None:
    assert not offers(normalise(text).written)


def test_who_counts_to_twenty_at_once_is_not_told_of_repeats() -> None:
    counters, all_rooms = RoomCounters(), AccountCounters()
    for number in range(100):
        text, now = f"빠른 메시지 {number}", number / 10
        verdict, counters = room.judge(DEFAULT, counters, text, now)
        assert verdict.outcome is Outcome.PASS
        verdict, all_rooms = account.judge(DEFAULT, all_rooms, f"room-{number % 20}", text, now)
        assert verdict.outcome is Outcome.PASS


def test_a_thousand_lines_are_limited_by_the_rate_whatever_their_numbers() -> None:
    counters, told = RoomCounters(), []
    for number in range(1000):
        verdict, counters = room.judge(CALM, counters, f"빠른 메시지 {number}", number / 1000)
        told.append(verdict.reason)
    assert told == [None] * 200 + [Reason.RATE] * 800


def test_offers_with_other_numbers_are_repeats_in_a_room_and_over_rooms() -> None:
    counters, all_rooms, told, spread = RoomCounters(), AccountCounters(), [], []
    for number in range(21):
        text = f"한정 수량 판매 {number}만원 연락 주세요"
        verdict, counters = room.judge(CALM, counters, text, float(number))
        told.append(verdict.reason)
        judged, all_rooms = account.judge(CALM, all_rooms, f"room-{number}", text, float(number))
        spread.append(judged.reason)
    assert told == [None] * 20 + [Reason.REPEAT]
    assert spread == [None] * 10 + [Reason.MANY_ROOMS] * 11
