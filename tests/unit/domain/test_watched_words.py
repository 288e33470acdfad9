"""The list of watched words, and what is a jump."""

from __future__ import annotations

import pytest

from chatstream.domain.watched_words import MOST, Jump, WatchList, first_minute, jump


def test_a_word_is_watched_since_it_was_first_put_on_the_list() -> None:
    words = WatchList()
    words.watch("tea", 60.0)
    words.watch("tea", 90.0)
    assert words.words == {"tea": 60.0}
    words.unwatch("tea")
    words.unwatch("tea")
    words.watch("tea", 120.0)
    assert words.words == {"tea": 120.0}


def test_a_word_is_watched_in_the_form_in_which_it_is_counted() -> None:
    words = WatchList()
    words.watch("ＫＴＸ", 60.0)
    words.watch("ktx", 90.0)
    assert words.words == {"ktx": 60.0}
    words.unwatch("ｋｔｘ")
    assert words.words == {}


def test_a_full_list_takes_no_more() -> None:
    words = WatchList()
    for number in range(MOST + 5):
        words.watch(f"w{number}", 1.0)
    assert (len(words.words), words.is_full) == (MOST, True)
    words.unwatch("w0")
    words.watch("late", 2.0)
    assert "late" in words.words


def test_a_series_begins_when_everybody_has_heard_of_it() -> None:
    assert first_minute(600.0) * 60 - 600 >= 60
    assert first_minute(659.9) * 60 - 659.9 >= 60


@pytest.mark.parametrize(
    ("before", "recent", "found"),
    [
        (0, 4, Jump(20, 0.0)),
        (0, 3, None),
        (1, 4, Jump(20, 5.0)),
        (2, 7, None),
        (2, 8, Jump(40, 10.0)),
    ],
)
def test_a_jump_is_many_and_many_more_than_usual(
    before: int, recent: int, found: Jump | None
) -> None:
    assert jump([before] * 60 + [recent] * 5) == found


def test_a_word_that_was_not_watched_long_enough_has_no_usual() -> None:
    assert jump([100] * 64) is None
