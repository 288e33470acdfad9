"""The counting rule and the rule of disclosure."""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatstream.domain.words import (
    Changes,
    Morpheme,
    Tally,
    Use,
    apply,
    change,
    emoji_word,
    korean_word,
    mark,
    other_word,
    runs,
)

WORDS = ("apple", "사과", "pear", "배", "☕")


def use(
    fact_no: int, words: dict[str, int], room: int = 1, account: int = 1, *, open_: bool = True
) -> Use:
    return Use(fact_no, words, room, account, open_)


def line_of(rng: random.Random, longest: int = 40) -> list[Use]:
    """A line of facts; whole lines come from a seed, for drawing each value would take seconds."""
    return [
        use(
            number + 1,
            {word: rng.randint(1, 3) for word in rng.sample(WORDS, rng.randint(0, 3))},
            rng.randint(1, 6),
            rng.randint(1, 8),
            open_=rng.random() < 0.5,
        )
        for number in range(rng.randint(0, longest))
    ]


@dataclass
class Partition:
    """What the changelog holds: it survives every crash; a write may stop anywhere."""

    tallies: dict[str, Tally] = field(default_factory=dict)
    cursor: int = 0

    def write(self, changes: Changes, upto: int) -> None:
        """The first `upto` records of a batch; the cursor is the last of them."""
        for number, (word, tally) in enumerate(changes.tallies.items()):
            if number < upto:
                self.tallies[word] = Tally.unpack(tally.copy().pack())
        if upto > len(changes.tallies):
            self.cursor = changes.cursor


@settings(max_examples=300)
@given(st.integers(0))
def test_counts_equal_a_recount_whatever_is_repeated_cut_off_or_moved(seed: int) -> None:
    rng = random.Random(seed)
    line = line_of(rng)
    partition = Partition()
    while partition.cursor < len(line):
        # A redelivery or an old fact produced again begins anywhere before the cursor; so does a
        # new owner, who knows only what the changelog holds.
        begin = rng.randint(0, partition.cursor)
        end = min(len(line), partition.cursor + rng.randint(0, 12))
        batch = sorted(
            (fact for fact in line[begin:end] for _ in range(rng.randint(1, 2))),
            key=lambda fact: fact.fact_no,
        )
        changes = apply(partition.tallies, partition.cursor, batch)
        partition.write(changes, rng.randint(0, len(changes.tallies) + 1))
    expected: Counter[str] = Counter()
    in_open: Counter[str] = Counter()
    for fact in line:
        expected.update(fact.words)
        if fact.in_open_room:
            in_open.update(fact.words)
    assert {word: tally.count for word, tally in partition.tallies.items()} == expected
    assert {word: t.in_open for word, t in partition.tallies.items() if t.in_open} == in_open
    for word, tally in partition.tallies.items():
        rooms = {fact.room for fact in line if word in fact.words}
        accounts = {fact.account for fact in line if word in fact.words}
        assert tally.disclosed == (len(rooms) >= 3 and len(accounts) >= 5)


def test_a_repeated_fact_changes_nothing() -> None:
    held = apply({}, 0, [use(1, {"apple": 2})]).tallies
    again = apply(held, 1, [use(1, {"apple": 2})])
    assert again == Changes({}, 1)


def test_a_word_that_is_ahead_of_the_cursor_is_not_counted_twice() -> None:
    held = apply({}, 0, [use(1, {"apple": 1}), use(2, {"apple": 1})]).tallies
    changes = apply(held, 0, [use(1, {"apple": 1, "pear": 1}), use(2, {"apple": 1})])
    assert set(changes.tallies) == {"pear"}
    assert changes.cursor == 2


def test_a_gap_is_refused() -> None:
    with pytest.raises(ValueError, match="fact 3 follows 1"):
        apply({}, 1, [use(3, {})])


def test_applying_leaves_the_held_tallies_alone() -> None:
    held = {"apple": Tally(1, 1, 1, (1,), (1,))}
    apply(held, 1, [use(2, {"apple": 1}, room=2)])
    assert held == {"apple": Tally(1, 1, 1, (1,), (1,))}


@settings(max_examples=200)
@given(st.integers(0))
def test_a_batch_counts_what_its_uses_count_one_after_another(seed: int) -> None:
    rng = random.Random(seed)
    line = [
        dataclasses.replace(each, words={w: n * rng.choice((1, 1, -1)) for w, n in words.items()})
        for each in line_of(rng)
        for words in [each.words]
    ]
    cut = rng.randint(0, len(line))
    held: dict[str, Tally] = {}
    before: dict[str, Tally] = {}
    for number, each in enumerate(line):
        if number == cut:
            before = {word: tally.copy() for word, tally in held.items()}
        for word, times in each.words.items():
            held.setdefault(word, Tally()).add(times, each)
    if cut < len(line):
        changes = apply(before, cut, line[cut:])
        said = {word for each in line[cut:] for word in each.words}
        assert changes == Changes({word: held[word] for word in said}, len(line))


@given(st.lists(st.dictionaries(st.sampled_from(WORDS), st.integers(1, 3)), min_size=1))
def test_the_changes_of_a_text_add_up_to_the_last_one(texts: list[dict[str, int]]) -> None:
    total: Counter[str] = Counter(texts[0])
    for former, now in pairwise(texts):
        for word, times in change(former, now).items():
            assert times
            total[word] += times
    assert {word: count for word, count in total.items() if count} == texts[-1]


def test_taking_a_word_away_is_no_use_of_it() -> None:
    held = {"x1": Tally(3, 5, 0, (1,), (1,))}
    taken = apply(held, 5, [use(6, {"x1": -2}, room=2, account=2, open_=False)]).tallies["x1"]
    assert (taken.count, taken.rooms, taken.accounts) == (1, (1,), (1,))


def test_a_private_word_is_not_shown_below_three_rooms_and_five_accounts() -> None:
    line = [
        use(number, {"secret": 1}, room=room, account=account, open_=False)
        for number, (room, account) in enumerate(
            [(1, 1), (1, 2), (2, 3), (2, 4), (2, 5), (2, 6), (3, 1)], start=1
        )
    ]
    assert apply({}, 0, line[:6]).tallies["secret"].shown == 0
    assert apply({}, 0, line).tallies["secret"].shown == 7


def test_below_the_threshold_only_what_open_rooms_say_is_shown() -> None:
    line = [use(1, {"plan": 5}, open_=False), use(2, {"plan": 1})]
    assert apply({}, 0, line).tallies["plan"].shown == 1


def test_marks_are_bounded() -> None:
    line = [use(n, {"x1": 1}, room=1, account=n, open_=False) for n in range(1, 100)]
    assert len(apply({}, 0, line).tallies["x1"].accounts) == 5


@given(st.integers(0))
def test_a_tally_survives_the_table(seed: int) -> None:
    for tally in apply({}, 0, line_of(random.Random(seed))).tallies.values():
        packed = tally.pack()
        assert Tally.unpack([list(v) if isinstance(v, tuple) else v for v in packed]) == tally
        assert packed[1] == tally.fact_no


def test_a_mark_is_the_same_for_ever() -> None:
    assert mark("0193a7e2-0000-7000-8000-000000000001") == 3899112992


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("안녕 hello", [("안녕", True), (" hello", False)]),
        ("\u1112\u1161\u11ab글", [("한글", True)]),
        ("강남역에서 meeting후에", [("강남역에서", True), (" meeting", False), ("후에", True)]),
        ("See https://a.example/b?q=1 now", [("see  ,  now", False)]),
        ("https://example.com/docs에서 만나요", [(" , ", False), ("에서 만나요", True)]),
        ("https://naver.com점심", [(" , ", False), ("점심", True)]),
        ("네이버(https://naver.com)는", [("네이버", True), ("( , )", False), ("는", True)]),
        ("www.naver.com에서", [(" , ", False), ("에서", True)]),
        ("https://a.example/비밀", [(" , ", False), ("비밀", True)]),
        ("https://me:pw@a.example/b https://한글.한국/문서", [(" ,   , ", False)]),
        ("메일은me@a.example으로", [("메일은", True), (" , ", False), ("으로", True)]),
        ("ＫＴＸ", [("ktx", False)]),
        ("ｈｔｔｐｓ：／／ａ．ｋｒ／ｂ 점심", [(" ,  ", False), ("점심", True)]),
        ("만\u200b나 k\u00adtx", [("만나", True), (" ktx", False)]),
        ("mail me@a.example", [("mail  , ", False)]),
        ("a3000원 3,000원", [("a3000", False), ("원 3,000원", True)]),
        (" \n ", []),
    ],
)
def test_runs(text: str, expected: list[tuple[str, bool]]) -> None:
    assert [(run.text, run.korean) for run in runs(text)] == expected


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("hello", "hello"),
        ("o’neill", "o'neill"),
        ("don't", None),
        ("12345", None),
        ("3.14", None),
        ("1_000", None),
        ("١٢٣", None),
        ("½", None),
        ("hello123", "hello123"),
        ("a" * 40, "a" * 40),
        ("a" * 41, None),
        ("the", None),
    ],
)
def test_other_words(token: str, expected: str | None) -> None:
    assert other_word(token) == expected


@pytest.mark.parametrize(
    ("morpheme", "expected"),
    [
        (Morpheme("강남역", "NNP"), "강남역"),
        (Morpheme("먹", "VV"), "먹다"),
        (Morpheme("갔", "VV+EP", (("가", "VV"), ("았", "EP"))), None),
        (Morpheme("만났", "VV+EP", (("만나", "VV"), ("았", "EP"))), "만나다"),
        (Morpheme("에서", "JKB"), None),
        (Morpheme("것", "NNB"), None),
        (Morpheme("삼", "NR"), None),
        (Morpheme("ㅋㅋㅋ", "IC"), None),
        (Morpheme("ㅠㅠ", "UNKNOWN"), None),
    ],
)
def test_korean_words(morpheme: Morpheme, expected: str | None) -> None:
    assert korean_word(morpheme) == expected


def test_an_emoji_counts_unless_it_is_endless() -> None:
    assert emoji_word("☕") == "☕"
    assert emoji_word("👨\u200d" * 30) is None
