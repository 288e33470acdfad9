"""What a message says, without how: by it two messages are the same, whatever their dress.

A message that offers something (an address, a telephone number, a price) or is long says the same
whatever number stands in it. Everywhere else numbers are what is said: whoever counts aloud, tells
a score or the time repeats nothing.
"""

from __future__ import annotations

import re

from chatstream.domain.abuse.normalising import FINAL, MEDIAL, Normal, normalise

# More letters than this are no counting; a syllable is one, digits are none.
LONG = 40
_SAYS_ENOUGH = 10

_NO_LETTER = re.compile(r"[\W_]+")
_DIGITS = re.compile(r"\d+")
_STRETCHED = re.compile(r"(\D)\1+")
_LETTER = re.compile(rf"[^\W\d_{MEDIAL}{FINAL}]")


def _folded(words: str) -> str:
    return "|".join(re.escape(normalise(word).written) for word in words.split())


_GAP = r"[\s()./\u00b7\-\u2010-\u2015\u2212]"
# Korean numbers: of mobiles (however they are spaced, also with letters that look so), of cities,
# of services, and those that companies are called at without an area.
_MOBILE = rf"[1i]{_GAP}{{0,2}}[016-9oi](?:{_GAP}{{0,3}}\d){{7,8}}"
_FIXED = rf"(?:2|[3-6][1-5]|[78]0|50\d){_GAP}{{0,3}}\d{{3,4}}{_GAP}{{0,3}}\d{{4}}"
_COMPANY = (
    "1(?:5(?:22|33|44|66|77|88|99)|6(?:00|11|33|44|55|6[0168]|70|88|99)"
    rf"|8(?:00|11|33|44|55|66|7[07]|99)){_GAP}{{0,3}}\d{{4}}"
)
_PHONE = re.compile(
    rf"(?<![\d.])(?:(?:[0o]|(?:\+|00) ?82{_GAP}{{0,2}}[0o]?){_GAP}{{0,2}}(?:{_MOBILE}|{_FIXED})"
    rf"|{_COMPANY})(?!\d)|\+(?:{_GAP}{{0,2}}\d){{9,15}}(?!\d)"
)
_SIGN = "[$₩€£¥]"
_WON, _UNIT = _folded("원"), _folded("달러 유로 krw usd eur dollar dollars euro euros")
_COUNTED, _NUMERAL = _folded("만 천 백 억"), _folded("일 이 삼 사 오 육 칠 팔 구 십 백 천")
_NO_PRICE = _folded("칙 소 색 형 래 하 해 한 할 망 정")  # 3원칙, 3원색; and 3 원래, 3 원해요
_PRICE = re.compile(
    rf"{_SIGN} ?\d|\d ?{_SIGN}|(?<![^\W\d_])(?:krw|usd|eur) ?\d"
    rf"|\d(?: {{0,2}}(?:{_COUNTED})){{0,3}} {{0,2}}(?:{_WON}(?!{_NO_PRICE})|(?:{_UNIT})(?![a-z]))"
    rf"|(?:{_NUMERAL})(?:{_COUNTED}){_WON}"
    rf"|\d[\d,]\d\d ?won(?![a-z])|\d\d\d ?won(?![a-z])"  # a game may be the third won
)


def gist_of(normal: Normal, *, has_link: bool) -> str:
    """What is said: no spaces, signs or stretching; of an offer and a long text no numbers either.

    Signs between digits belong to the number (3:2 is not 32), and digits are not stretched (1, 11).
    What has no letters at all is its signs.
    """
    letters = _NO_LETTER.sub("", normal.written)
    if not letters:
        return _STRETCHED.sub(r"\1", normal.written.replace(" ", ""))
    if _DIGITS.search(letters) is None:
        return _STRETCHED.sub(r"\1", letters)
    if has_link or _is_long(letters) or offers(normal.written):
        bare = _DIGITS.sub("", letters)
        if len(bare) >= _SAYS_ENOUGH:
            return _STRETCHED.sub(r"\1", bare)
    return _STRETCHED.sub(r"\1", _NO_LETTER.sub(_between_digits, normal.written))


def offers(written: str) -> bool:
    """Whether a telephone number or a price stands in a text, given as `Normal.written`."""
    return _PHONE.search(written) is not None or _PRICE.search(written) is not None


def _is_long(letters: str) -> bool:
    return len(letters) > LONG and len(_LETTER.findall(letters)) > LONG


def _between_digits(signs: re.Match[str]) -> str:
    text, start, end = signs.string, signs.start(), signs.end()
    if start == 0 or end == len(text) or not (text[start - 1].isdigit() and text[end].isdigit()):
        return ""
    return signs.group().replace(" ", "") or " "
