"""The real analyser and the real word rules: what counts, with the traps of both."""

from __future__ import annotations

import unicodedata

import pytest

from infra.text.korean import Words


@pytest.fixture(scope="module")
def words() -> Words:
    return Words()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("오늘 강남역에서 친구를 만났어요", {"오늘": 1, "강남역": 1, "친구": 1, "만나다": 1}),
        ("먹다 먹었다 먹고 먹는", {"먹다": 4}),
        ("예쁜 꽃이 예뻤다", {"예쁘다": 2, "꽃": 1}),
        ("추워요 추웠어", {"춥다": 2}),
        ("도와줘", {"도와주다": 1}),
        ("사랑했었던 사람", {"사랑": 1, "사람": 1}),
        ("이건 내 거야 ㅋㅋㅋ ㅠㅠ", {}),
        ("삼천 원 3000원 12345", {}),
        ("카카오톡 업데이트했음", {"카카오톡": 1, "업데이트": 1}),
        ("강남역meeting후에", {"강남역": 1, "meeting": 1, "후": 1}),
        ("https://example.com/docs에서 만나요", {"만나다": 1}),
        ("https://naver.com점심", {"점심": 1}),
        ("네이버(https://naver.com)는", {"네이버": 1}),
        ("이메일은 me@naver.com으로", {"이메일": 1}),
        ("ＫＴＸ ktx ＫＴＸ를", {"ktx": 3}),
        ("ﾃﾚﾋﾞ テレビ", {"テレビ": 2}),
    ],
)
def test_korean(words: Words, text: str, expected: dict[str, int]) -> None:
    assert words.count(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Message Check! I am sending it!", {"message": 1, "check": 1, "sending": 1}),
        ("Café CAFÉ café", {"café": 3}),
        ("It’s Bob's; don't panic", {"bob's": 1, "panic": 1}),
        ("call 010-1234-5678 or 3.14, 1_000, 2026-11-21", {"call": 1}),
        ("see https://a.example/secret?token=xyz and me@mail.example", {"see": 1}),
        ("#Tag @Me e-mail", {"tag": 1, "mail": 1}),
        ("Привет мир", {"привет": 1, "мир": 1}),
        ("", {}),
        ("야 이 ●●아 밥 먹자 ●●놈들이", {"야": 1, "밥": 1, "먹다": 1}),
        ("you ●●●●●●●! hello ●●●●s a●●b", {"hello": 1}),
        (
            "🙂🙂 ☕ 👍🏽 👨\u200d👩\u200d👧 🇰🇷 ❤️",
            {"🙂": 2, "☕": 1, "👍🏽": 1, "👨\u200d👩\u200d👧": 1, "🇰🇷": 1, "❤️": 1},
        ),
        ("© 1️⃣ ™", {}),
    ],
)
def test_everything_else(words: Words, text: str, expected: dict[str, int]) -> None:
    assert words.count(text) == expected


def test_decomposed_hangul_counts_as_the_same_words(words: Words) -> None:
    text = "강남역에서 커피"
    assert words.count(unicodedata.normalize("NFD", text)) == words.count(text)


def test_any_white_space_parts_words(words: Words) -> None:
    assert words.count("사과\n포도\t\t딸기\u3000커피\r\ntea") == dict.fromkeys(
        ("사과", "포도", "딸기", "커피", "tea"), 1
    )


def test_a_kept_analysis_gives_the_same_words(words: Words) -> None:
    assert words.count("점심 먹자") == words.count("점심 먹자") == Words(cache=0).count("점심 먹자")


def test_the_longest_message_is_counted(words: Words) -> None:
    assert words.count("사과 " * 1333)["사과"] == 1333
    assert words.count("가" * 4000) is not None


def test_only_where_a_long_unbroken_stretch_is_cut_may_a_word_be_lost(words: Words) -> None:
    found = words.count("점심을" * 1000 + " 사과")
    assert found["사과"] == 1
    assert 1000 - 3000 // 500 <= found["점심"] <= 1000
