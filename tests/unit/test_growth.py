"""No input costs more than its length, whatever reads it: at most threefold per doubling."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest

from chatstream.domain.abuse.messages import read, trace_of
from chatstream.domain.abuse.policy import DEFAULT
from chatstream.domain.abuse.room import RoomCounters, judge
from chatstream.domain.dictionary import WordLists
from chatstream.domain.documents import IndexedMessage, search_document
from chatstream.domain.messages import check_message
from chatstream.errors import UserError
from infra.text.dictionary import Dictionary
from infra.text.korean import Words
from infra.text.mecab import DictionaryReader
from schemas import codec, records
from schemas.contexts.messages import MESSAGE
from tests.growth import fits, grows_too_fast
from tests.long_texts import LONGEST, NAMES, long_text
from web.edge.middleware import holds_token

LENGTHS = (LONGEST // 4, LONGEST // 2, LONGEST)
ROOM = "00000000-0000-4000-8000-000000000001"
CALM = RoomCounters()
reader = DictionaryReader()

words = Words(Dictionary.of(WordLists(frozenset({"아아메", "한", "bob"}), frozenset({"kill"}))))


def rules(text: str) -> None:
    """As the chat agent: judged in its room, masked, and what the other rules hear of it."""
    read(DEFAULT, "")  # the last message is kept
    judge(DEFAULT, CALM, text, 0.0, reader)
    trace_of(DEFAULT, read(DEFAULT, text, reader))


def counting(text: str) -> None:
    """As the stats agent."""
    words.count(text)


def carrying(text: str) -> None:
    """As it is checked, goes over Kafka, and (as texts of old, when refused) becomes a document."""
    with suppress(UserError):
        check_message(f"x{text[1:]}")
    wish = records.SendMessage(
        room_id=ROOM,
        account_id=ROOM,
        user_id="bob",
        user_name="Bob",
        message_id=ROOM,
        message=text,
        requested_at="2026-01-01T00:00:00.000Z",
    )
    codec.decode(MESSAGE.request.name, records.encode(wish))
    at = "2026-01-01T00:00:00.000Z"
    search_document(
        IndexedMessage(
            room_id=ROOM,
            seq=1,
            rev=1,
            message_id=ROOM,
            account_id=ROOM,
            user_id="bob",
            user_name="Bob",
            text=text,
            at=at,
        )
    )


def addressing(text: str) -> bool:
    """As a part of an address that might hold a token."""
    return holds_token(text)


@pytest.mark.parametrize("work", [rules, counting, carrying, addressing])
def test_a_text_costs_no_more_than_its_length(work: Callable[[str], object]) -> None:
    wrong = {name: grows_too_fast(work, partial(long_text, name), LENGTHS) for name in NAMES}
    assert {name: told for name, told in wrong.items() if told} == {}


def by_the_square(text: str) -> None:
    """Each character against all."""
    for _ in text:
        text.count("가")


def test_a_cost_by_the_square_is_told() -> None:
    assert grows_too_fast(by_the_square, "나".__mul__, (1_500, 3_000, 6_000)) is not None


@pytest.mark.parametrize(
    ("milliseconds", "is_even"),
    [
        ((1, 2, 4), True),
        ((0.26, 0.53, 1.60), True),  # even work, as a busy machine has shown it
        ((1, 4, 16), False),
        ((1, 2, 8), False),  # by the square from some length on
        ((1, 3.1, 9.6), False),
        ((0.01, 0.04, 0.16), True),  # made of the clock
        ((0.1, 0.4, 1.6), False),
    ],
)
def test_what_grows_by_the_square_is_no_even_growth(
    milliseconds: tuple[float, ...], is_even: bool
) -> None:
    assert fits([each / 1000 for each in milliseconds]) is is_even
