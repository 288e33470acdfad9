"""Texts made to cost more than their length: runs, and what searches begin at again and again."""

from __future__ import annotations

LONGEST = 4000

# Each is repeated up to the length asked for.
_REPEATED = (
    *("a", "f", "s", "ass ", "fuck", "fuck ", "fuc", "f*", "uv", "a-", "a1-", "0a", "faa6"),
    *(".", "!", "*", "/", "(", "[dot]", "[   ", "a.", "a!", "1.", "1..", "1!", "@", "a@", "a@a."),
    *("+", "+1-", "010-", "0 1 ", "1588-", "5만 ", "5 만", "오만", "₩ ", "1,0", "3:"),
    *("http://", "https://a", "www.", "a.b/", "a.io ", "dot ", "a닷", "닷컴", "eyJ"),
    *("ㅅ", "ㅋ", "ㅅㅣ", "ㅣ", "ㅏ", "이", "이ㅣ", "시발", "시 발 ", "씨", "새끼", "이 새끼 "),
    *(
        "개쌍년ㅋ",
        "개시발권",
        "다시발급 ",
        "미친1",
        "씹창이",
        "새끼야이",
        "미친 놈 ",
        "ㅅ!!!!!ㅂrrrrrㅋ",
        "가",
        "갔",
        "쀏",
        "1가",
        "가 ",
    ),
    *("\u1109", "\u1175", "\u11a8", "\u1109\u1175", "\u0301", "a\u0301\u0323", "\u200d", "\ufdfa"),
    *(
        "●",
        "a●",
        "● ",
        "😀",
        "🇰",
        "👩\u200d",
        "م\u200c",
        "1\ufe0f",
        "\U0001f3f4\U000e0067\U000e007f",
        "\u115f",
        "_",
        "a_",
        "a'",
        "漢",
        "ท",
        "\ue000",
        "\ue001",
        "@bob_",
    ),
    *(
        "kill yourself ",
        "philip k. dick ",
        "scunthorpe fuck ",
        "moby dick ",
        "\u00a0",
        "\n",
        "한 말 ",
    ),
)
# A beginning, what is repeated behind it, and an end.
_AFTER = (
    ("fuck ", "a", ""),
    ("fuck ", "a-", ""),
    ("fuck ", "a.", ""),
    ("fuck ", "faa6faa6-", ""),
    ("fuck", " ", ""),
    ("f", "uv", ""),
    ("philip", " ", "k"),
    ("씨", "이", ""),
    ("씨", "이", "발"),
    ("ㅅ", "ㅣ", ""),
    ("시발", "ㅋ", "가"),
    ("미친", " ", ""),
    ("가", " ", "x"),
    ("가 ", "1.", ""),
    ("", "1", "x가"),
    ("● ", "a", ""),
    ("a", "!", ""),
    ("a", "\u0301", ""),
    ("a@", "a", ""),
    ("a", "a", "@"),
    ("http://a", ".", "a"),
    ("http://a(", ")", "a"),
    ("http://a", "。a", ""),
    ("@bob", "_", ""),
    ("한", "_.-", ""),
)


def long_text(name: str, length: int) -> str:
    """The text of a family in exactly that length, at least 10."""
    start, repeated, end = _FAMILIES[name]
    bare = length - len(start) - len(end)
    return start + (repeated * (bare // len(repeated) + 1))[:bare] + end


_FAMILIES = {
    **{f"{each!a}…": ("", each, "") for each in _REPEATED},
    **{f"{start!a} {each!a}… {end!a}": (start, each, end) for start, each, end in _AFTER},
}
NAMES = tuple(_FAMILIES)
