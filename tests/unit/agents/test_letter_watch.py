"""How many dead letters wait: those that ask for somebody, by topic and kind of reason."""

from __future__ import annotations

import time

from agents.letter_watch import LetterWatch
from chatstream.domain.letter_states import LetterBook
from tests.samples import sample
from tests.unit.domain.test_letter_states import dropped, letter

TOPIC = "kakao.chat.chatRoom.REQUEST"


class Books:
    def __init__(self) -> None:
        self.held = LetterBook()

    async def book(self) -> LetterBook:
        return self.held


def waiting(reason: str) -> float:
    return sample("dead_letters_waiting", topic=TOPIC, reason=reason)


async def test_those_that_wait_are_counted_and_the_oldest_is_told() -> None:
    books = Books()
    watch = LetterWatch(books)
    now = int(time.time() * 1000)  # not rounded up, which would be later than now
    books.held.keep(letter(0, at=now - 900_000))
    books.held.keep(letter(1, at=now - 60_000))
    books.held.keep(letter(2, at=now, kind="store"))
    await watch.check()
    assert (waiting("invalid"), waiting("store")) == (2, 1)
    assert 900 <= sample("dead_letters_oldest_age_seconds") < 960
    books.held.tell(dropped())
    await watch.check()
    assert waiting("invalid") == 1
    assert 60 <= sample("dead_letters_oldest_age_seconds") < 120
