"""Top lists: bounded, kept as counts change, exact when they say so."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.ranking import TopWords, merge, rank
from chatstream.domain.words import Tally

WORDS = st.sampled_from([f"w{number}" for number in range(40)])


@given(st.lists(st.tuples(WORDS, st.integers(1, 5)), max_size=60), st.integers(1, 12))
def test_no_word_left_out_has_more_than_the_bound(said: list[tuple[str, int]], limit: int) -> None:
    counts: Counter[str] = Counter()
    top = TopWords(capacity=8)
    for word, times in said:
        counts[word] += times
        top.put(word, counts[word])
    words, bound = top.top(limit)
    assert len(words) <= limit
    assert [counts[w] for w in words] == sorted((counts[w] for w in words), reverse=True)
    assert all(count <= bound for word, count in counts.items() if word not in words)


@given(st.lists(st.tuples(WORDS, st.integers(-3, 5)), max_size=60))
def test_counts_may_also_fall(said: list[tuple[str, int]]) -> None:
    counts: Counter[str] = Counter()
    top = TopWords(capacity=4)
    for word, times in said:
        counts[word] = max(0, counts[word] + times)
        top.put(word, counts[word])
    words, bound = top.top(4)
    assert all(count <= bound for word, count in counts.items() if word not in words)


def test_the_list_stays_bounded() -> None:
    top = TopWords(capacity=10)
    for number in range(1000):
        top.put(f"w{number}", number + 1)
    assert top.top(3) == (["w999", "w998", "w997"], 997)
    assert len(top.top(1000)[0]) <= 20


@given(
    st.lists(st.dictionaries(WORDS, st.integers(1, 30), max_size=12), min_size=1, max_size=4),
    st.integers(1, 5),
)
def test_a_ranking_that_says_exact_is_the_true_one(
    partitions: list[dict[str, int]], count: int
) -> None:
    tops = []
    for counts in partitions:
        top = TopWords(capacity=3)
        for word, times in counts.items():
            top.put(word, times)
        tops.append(top.top(count))
    candidates = {word for words, _ in tops for word in words}
    totals: Counter[str] = Counter()
    for counts in partitions:
        totals.update(counts)
    tallies = {word: Tally(totals[word], 1, totals[word]) for word in candidates}
    ranking = rank(tallies, sum(bound for _, bound in tops), count)
    if ranking.exact:
        expected = sorted(totals.values(), reverse=True)[:count]
        assert [times for _, times in ranking.words] == expected
        assert all(totals[word] == times for word, times in ranking.words)


def test_words_of_equal_count_are_in_one_order() -> None:
    tallies = {word: Tally(2, 1, 2) for word in ("b", "a", "c")}
    assert rank(tallies, 0, 2).words == [("a", 2), ("b", 2)]


def test_a_hidden_word_takes_no_place() -> None:
    tallies = {"hidden": Tally(9, 1, 0, (1,), (1,)), "seen": Tally(3, 1, 3)}
    assert rank(tallies, 0, 5).words == [("seen", 3)]


def test_rooms_and_accounts_of_several_partitions_disclose_together() -> None:
    left = Tally(2, 5, 0, (1, 2), (1, 2, 3))
    assert merge([left, Tally(1, 9, 0, (3,), (3, 4))]).shown == 0
    assert merge([left, Tally(1, 9, 0, (3,), (4, 5))]).shown == 3
