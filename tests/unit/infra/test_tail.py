"""How a tail knows that it has read everything, from what the broker says with each answer."""

from __future__ import annotations

from infra.kafka.tail import Mark


def test_an_end_that_is_read_proves_the_time_before_its_answer_came() -> None:
    mark = Mark()
    mark.look(position=5, answer=1000, end=5, last=7.0)
    assert mark.passed == 7.0


def test_the_same_answer_proves_nothing_new() -> None:
    mark = Mark()
    mark.look(5, 1000, 5, 7.0)
    mark.look(5, 1000, 5, 8.0)
    assert mark.passed == 7.0


def test_an_end_that_is_not_read_yet_is_waited_for_though_it_moves_on() -> None:
    mark = Mark()
    mark.look(5, 1000, 9, 7.0)
    assert mark.passed == 0.0
    mark.look(8, 1001, 12, 8.0)
    assert mark.passed == 0.0
    mark.look(10, 1002, 14, 9.0)
    assert mark.passed == 7.0


def test_without_an_answer_nothing_is_proven() -> None:
    mark = Mark()
    mark.look(0, None, None, 7.0)
    assert mark.passed == 0.0
