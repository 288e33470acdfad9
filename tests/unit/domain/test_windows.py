"""Windows of words: records cover each fact once, and a word leaves with its minute."""

from __future__ import annotations

import itertools
import random
from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain import windows
from chatstream.domain.windows import Shares, SlidingCounts, Window, WindowBatch, batches, tiling
from chatstream.domain.words import Use


def use(fact_no: int, words: dict[str, int], *, open_: bool = True) -> Use:
    return Use(fact_no, words, 1, 1, open_)


def test_a_batch_is_one_record_whatever_minutes_it_spans() -> None:
    (batch,) = batches(
        4,
        [
            (use(4, {"old": 1}), 7),
            (use(5, {"tea": 2}), 7),
            (use(6, {"tea": 1}, open_=False), 7),
            (use(7, {"tea": 1, "milk": -1}), 3),
            (use(8, {"gone": 1}), None),
        ],
    )
    assert batch.pack() == [4, 8, {"7": {"tea": [3, 2]}, "3": {"tea": 1, "milk": -1}}]
    packed = msgspec.json.decode(msgspec.json.encode(batch.pack()))
    assert WindowBatch.unpack(packed).minutes == batch.minutes


def test_facts_without_words_make_no_record() -> None:
    assert batches(0, [(use(1, {}), 5), (use(2, {"tea": 1}), None)]) == []


def test_a_large_batch_is_cut_between_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "ENTRIES", 3)
    line = [(use(n, {f"w{n}": 1, f"v{n}": 1}), 5) for n in range(1, 6)]
    found = batches(0, line)
    assert [(batch.after, batch.upto) for batch in found] == [(n - 1, n) for n in range(1, 6)]


@given(st.integers(0))
def test_whatever_a_zombie_writes_each_fact_is_in_one_record(seed: int) -> None:
    rng = random.Random(seed)
    cuts = sorted({0, *(rng.randint(1, 40) for _ in range(rng.randint(1, 8)))})
    kept = {upto: after for after, upto in itertools.pairwise(cuts)}
    for _ in range(3):
        # It begins where the line stood once, and of two with one name the last written is kept.
        after = rng.choice(cuts[:-1])
        upto = rng.randint(after + 1, cuts[-1])
        if upto < cuts[-1]:
            kept[upto] = after
    taken = tiling((after, upto) for upto, after in kept.items())
    covered = sorted(fact for upto in taken for fact in range(kept[upto] + 1, upto + 1))
    assert covered == list(range(1, cuts[-1] + 1))


def test_the_records_of_the_last_writer_win() -> None:
    assert tiling([(10, 12), (12, 18), (10, 15)]) == {12, 18}
    assert tiling([(0, 10), (10, 12), (12, 18), (10, 25), (18, 30)]) == {10, 12, 18, 30}


@given(st.integers(0))
def test_a_window_holds_what_came_in_and_not_what_went_out(seed: int) -> None:
    rng = random.Random(seed)
    counts, held = SlidingCounts(4), list[dict[str, Shares]]()
    for _ in range(rng.randint(0, 60)):
        if held and rng.random() < 0.5:
            counts.add(held.pop(rng.randrange(len(held))), -1)
        else:
            words = {f"w{rng.randint(0, 30)}": Shares(rng.randint(1, 5), rng.randint(0, 1))}
            held.append(words)
            counts.add(words, 1)
    expected: Counter[str] = Counter()
    for words in held:
        expected.update({word: share.count for word, share in words.items()})
    assert {word: counts.of(word).count for word in expected} == expected
    found, bound = counts.top(3)
    assert [expected[word] for word in found] == sorted(expected.values())[::-1][: len(found)]
    assert all(count <= bound for word, count in expected.items() if word not in found)
    assert len(found) == 3 or bound > 0 or len(found) == len(expected)


def test_a_window_is_named_by_its_length() -> None:
    assert windows.LENGTHS == {Window.HOUR: 60, Window.DAY: 1440}
