"""A line that tells where help is may quote a call to die; a number alone does not free one."""

from __future__ import annotations

import pytest

from chatstream.domain.abuse.matching import Matcher
from chatstream.domain.abuse.policy import ListedWords

MATCHER = Matcher(ListedWords())


@pytest.mark.parametrize(
    "text",
    [
        'If someone says "kill yourself", call 988.',
        "told to kill yourself? text 741741",
        "Samaritans on 116 123 help when they say kys",
        '"자살해라" 같은 말을 들으면 109에 전화하세요',
        '"나가 죽어"라는 말을 들었다면 1577-0199 상담',
        "１０９ 전화: kill yourself 라는 말에 상처받지 마세요",
    ],
)
def test_a_line_that_gives_a_crisis_number_passes(text: str) -> None:
    assert MATCHER.find(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "kill yourself",
        "kill yourself 988 times",
        "call me when you kill yourself",
        "call 010-1091-2345 and kill yourself",
        "kill yourself, call 109.5",
        "자살해라 1093",
        "call 988 you nigger",
        "call 988, shithead",
    ],
)
def test_a_call_without_one_or_another_listed_word_does_not(text: str) -> None:
    assert MATCHER.find(text) != []
