"""Whether a spelling that was found is meant: where in its word it stands, and what splits it."""

from __future__ import annotations

import re

from chatstream.domain.abuse.normalising import HANGUL, Normal, normalise
from chatstream.domain.abuse.stems import Stem, StemPlace

_LAUGHS = "ㅋㅎㅠㅜㅡㅇㄷㅏㅓㅗ"
# What is said right before an insult without a space: 아시발, 존나병신.
_BEFORE = """
    아 야 이 그 저 니 개 와 하 에 에이 아오 아이 아니 아나 아놔 어휴 에휴 헐 이런 저런 그런
    진짜 진심 정말 존나 뭐 뭐야 왜 뭔 걍 그냥 너 넌 님 이게 저게 또 참 미친 시발 씨발 병신 지랄 좆
    좆같은 야이 이런개 아주 완전 ㅈㄴ 세상 니미 제발 뭔데 꼴에 걔 쟤 얘 내 우리
"""
# What follows a whole word: particles, endings, and a second insult.
_AFTER = """
    아 야 들 들아 들이 들은 이 가 은 는 을 를 도 의 만 에 로 랑 이나 나 같은 같네 같아 같이 같다
    이네 네 이다 다 임 이야 이냐 냐 인가 라 라고 이라고 이랑 하고 처럼 한테 에게 보다 요 이요 놈
    놈아 놈들 놈이 놈의 년 년아 년들 년이 새끼 새끼야 새끼들 새끼가 것들 진짜 왜 뭐 뭐야 좀 존나
    그만 쫌 거 ㅁ ㄴ ㄹ 점
"""
# What follows an outcry: no particle, for it is no thing that something is said of.
_AFTER_OUTCRY = """
    아 야 네 라 요 놈 놈아 놈들 놈이 년 년아 년들 년이 새끼 새끼야 새끼들 새끼가 것들 진짜 왜 뭐
    뭐야 좀 존나 그만 쫌 거 ㅁ ㄴ ㄹ
"""
_BREAK = re.compile(r"[\s.,:;?()/]+")
_HANGUL_RUN = re.compile(f"[{HANGUL}]+")
_UP_TO_ANOTHER = re.compile(f"(?s:.*)[^{HANGUL}]")
_VOWEL = re.compile("[\u1161-\u1175ㅏ-ㅣ]")
_LAUGHING = re.compile(f"[{_LAUGHS}]*")
_LAUGHING_ON = re.compile(f"[{_LAUGHS}]++(?![{HANGUL}])")
_COMPOSED = re.compile("[\u1100-\u11c2]")
_CONTRACTED = frozenset("ᆫᆯᆷ")  # 새낀, 새낄, 새낌: a particle grown into the last syllable
_OWN_WORDS = frozenset(("hit", "itch"))  # Model S hit the road
_LATIN_WORD = re.compile("[a-z0-9]+")
_LATIN_BEFORE = re.compile("[a-z0-9']")
_PLURAL = re.compile("(?:[sz]|(?<=[sxzh])es)?(?![a-z0-9])")
_LATIN_END = re.compile("(?![a-z0-9])")
_WHOLE = (StemPlace.WHOLE, StemPlace.ALONE)


def _normal_words(text: str) -> frozenset[str]:
    return frozenset(normalise(word).text for word in text.split())


_PREFIXES = _normal_words(_BEFORE)
_SUFFIXES = _normal_words(_AFTER)
_OUTCRY_SUFFIXES = _normal_words(_AFTER_OUTCRY)
_LONGEST_PREFIX = max(map(len, _PREFIXES))
# As many of the Korean letters behind a word as could make a known word, and one more.
_WORD_AFTER = re.compile(f"[{HANGUL}]{{1,{max(map(len, _SUFFIXES)) + 1}}}+")


def stands_latin(normal: Normal, stem: Stem, span: tuple[int, int], after: bool) -> bool:
    """Whether the span is the stem and not a part of other words.

    `after`: another stem ends where this one begins, which is as good as the start of a word.
    """
    text = normal.text
    start, end = span
    if not _letters_enough(normal, start, end):
        return False
    at_start = start == 0 or after or _LATIN_BEFORE.match(text, start - 1) is None
    close = _LATIN_END if stem.place is StemPlace.ALONE else _PLURAL
    at_end = close.match(text, end) is not None
    pieces = _LATIN_WORD.findall(text, start, end)
    if len(pieces) == 1 or stem.spaced:
        return (at_start or stem.place is StemPlace.ANYWHERE) and (
            at_end or stem.place not in _WHOLE
        )
    if not at_start:
        return False
    spaced = _BREAK.search(text, start, end) is not None
    if spaced and pieces[-1] in _OWN_WORDS:
        return False
    if stem.place is StemPlace.ANYWHERE:
        return at_end or not spaced
    long_pieces = sum(len(piece) > 1 for piece in pieces)
    return at_end and long_pieces <= (0 if spaced else 1)


def _letters_enough(normal: Normal, start: int, end: int) -> bool:
    """False for `A55`: most of the word must not be digits read as letters."""
    return sum(not char.isdigit() for char in normal.written[start:end] if char != " ") > 1


def stands_korean(normal: Normal, stem: Stem, span: tuple[int, int], after: bool) -> bool:
    """The same for a Korean stem; a particle may have grown into its last syllable."""
    text = normal.text
    start, end = span
    if _LATIN_WORD.match(text, start) and start and _LATIN_WORD.match(text, start - 1):
        return False  # BBC발
    begins = after or begins_word(text, start)
    if (
        end < len(text)
        and "\u11a8" <= text[end] <= "\u11c2"
        and (stem.place in _WHOLE or text[end] not in _CONTRACTED)
    ):
        return False
    broken = not stem.spaced and _BREAK.search(text, start, end) is not None
    if not broken:
        if stem.place is not StemPlace.ANYWHERE and not begins:
            return False
        if stem.place is StemPlace.ALONE:
            return _ends_outcry(text, end)
        return stem.place is not StemPlace.WHOLE or ends_word(text, end)
    if not _HANGUL_RUN.match(text, start):
        return False  # 비타민 C 발라
    pieces = _HANGUL_RUN.findall(text, start, end)
    if any(len(_VOWEL.findall(piece)) > 1 for piece in pieces):
        return False
    if not (begins and ends_word(text, end)):
        return False
    return len(pieces) > 2 or not _COMPOSED.match(text, start) or _follows_nothing(text, start)


def begins_word(text: str, start: int) -> bool:
    """Whether a word begins here: after no Korean, a laugh, or what is said before an insult."""
    if start and text[start - 1].isdigit():
        return False
    before = _word_before(text, start)
    if not before or before in _PREFIXES or _LAUGHING.fullmatch(before):
        return True
    # Jamo written alone after a syllable are a word of their own: 그래서ㅅㅂ.
    return _COMPOSED.match(before[-1]) is not None and not _COMPOSED.match(text, start)


def ends_word(text: str, end: int) -> bool:
    """Whether a word ends here, perhaps with a particle, a laugh, or another insult."""
    return _ends_with(_SUFFIXES, text, end)


def _ends_outcry(text: str, end: int) -> bool:
    """As `ends_word`, of a word to which no particle belongs."""
    return _ends_with(_OUTCRY_SUFFIXES, text, end)


def _ends_with(endings: frozenset[str], text: str, end: int) -> bool:
    match = _WORD_AFTER.match(text, end)
    if match is None:
        return not (end < len(text) and text[end].isdigit())
    return match.group() in endings or _LAUGHING_ON.match(text, end) is not None


def _follows_nothing(text: str, start: int) -> bool:
    """Whether the word before, if any, is none that a lone syllable could belong to: 김 씨 발."""
    end = start
    while end and text[end - 1] == " ":
        end -= 1
    if end and text[end - 1].isdigit():
        return False
    before = _word_before(text, end)
    return not before or before in _PREFIXES or _LAUGHING.fullmatch(before) is not None


def _word_before(text: str, end: int) -> str:
    """The Korean letters right before, as many as could make a known word and one more."""
    near = text[max(0, end - _LONGEST_PREFIX - 1) : end]
    other = _UP_TO_ANOTHER.match(near)
    return near[other.end() :] if other else near
