"""Whether a message tells where help is: such a line may quote what it helps against.

The numbers are those of public services: suicide prevention (Korea 109, until 2024 1393; mental
health 1577-0199, 생명의전화 1588-9191, young people 1388, welfare 129; United States and Canada
988, 1-800-273-8255, text 741741; United Kingdom 116 123, text 85258; Australia 13 11 14; New
Zealand 1737) and emergencies (112, 119, 911, 999). Source: the services' own pages.
"""

from __future__ import annotations

import re

from chatstream.domain.abuse.normalising import Normal, normalise

_NUMBERS = """
    109 1393 1577-0199 1588-9191 1388 129 988 1-800-273-8255 800-273-8255 741741 116-123 85258
    13-11-14 1737 112 119 911 999
"""
_WORDS = """
    전화 상담 연락 도움 예방 신고 생명의 문자 call dial text phone ring reach contact hotline
    helpline lifeline samaritans prevention crisis support help talk
"""

_NUMBER = re.compile(
    r"(?<![\d.,-])(?:"
    + "|".join(r"[- .]?".join(map(re.escape, each.split("-"))) for each in _NUMBERS.split())
    + r")(?![\d-]|[.,]\d)"
)
_WORD = re.compile("|".join(re.escape(normalise(each).written) for each in _WORDS.split()))


def tells_where_help_is(normal: Normal) -> bool:
    """Whether the text has the number of such a service and says to use it."""
    return bool(_NUMBER.search(normal.written) and _WORD.search(normal.written))
