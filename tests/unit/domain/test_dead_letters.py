"""What a dead letter says: the record as it was, also in letters of older programs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.dead_letters import (
    LETTER,
    REPLAY,
    Failure,
    Original,
    Place,
    letter_headers,
    letter_of,
    original_of,
    place_of,
)

SOURCE = Place("kakao.chat.chatRoom.REQUEST", 3, 7)
PLACE = Place("kakao.chat.chatRoom.DLQ", 3, 0)
WHY = Failure(reason="이유 'x'", kind="invalid", service="chat", reader="chat.rooms")
BYTES = st.none() | st.binary(max_size=20)
NAMES = st.text(max_size=12).filter(lambda name: name not in (LETTER, REPLAY))
HEADERS = st.lists(st.tuples(NAMES, st.binary(max_size=8)), max_size=4).map(tuple)


@given(key=BYTES, value=BYTES, headers=HEADERS)
def test_the_record_comes_back_byte_by_byte(
    key: bytes | None, value: bytes | None, headers: tuple[tuple[str, bytes], ...]
) -> None:
    """Also one without key or value, and with headers that are named as a letter's own."""
    original = Original(key=key, value=value, headers=headers)
    told = letter_headers(SOURCE, WHY, original, 1.5)
    assert original_of(key or b"", value or b"", told) == original


@given(headers=HEADERS)
def test_a_letter_says_where_why_and_who(headers: tuple[tuple[str, bytes], ...]) -> None:
    told = letter_headers(SOURCE, WHY, Original(key=b"k", value=b"v", headers=headers), None)
    letter = letter_of(PLACE, 5, b"k", 1, told)
    assert (letter.id, letter.at, letter.source) == ("kakao.chat.chatRoom.DLQ:3:0", 5, SOURCE)
    assert (letter.reason, letter.kind) == (WHY.reason, WHY.kind)
    assert (letter.service, letter.reader, letter.replay_of) == ("chat", "chat.rooms", None)


def test_a_letter_of_a_replay_names_the_letter_and_keeps_nothing_else_of_it() -> None:
    put_back = ((LETTER, b"kakao.chat.chatRoom.DLQ:3:0"), (REPLAY, b"id"), ("wished", b"9"))
    told = letter_headers(SOURCE, WHY, Original(key=b"k", value=b"v", headers=put_back), None)
    assert letter_of(PLACE, 5, b"k", 1, told).replay_of == "kakao.chat.chatRoom.DLQ:3:0"
    assert original_of(b"k", b"v", told).headers == (("wished", b"9"),)


def test_a_letter_of_an_older_program_stays_readable() -> None:
    trace = b"00-%032x-%016x-00" % (7, 7)
    old = (
        ("reason", b"no"),
        ("topic", SOURCE.topic.encode()),
        ("partition", b"3"),
        ("offset", b"7"),
        ("traceparent", trace),
    )
    letter = letter_of(PLACE, 5, b"k", 1, old)
    assert (letter.source, letter.reason, letter.kind) == (SOURCE, "no", None)
    assert (letter.service, letter.reader) == (None, None)
    assert letter.trace_id == f"{7:032x}"
    assert original_of(b"k", b"v", old) == Original(
        key=b"k", value=b"v", headers=(("traceparent", trace),)
    )


@given(headers=HEADERS, key=BYTES)
def test_any_headers_can_be_read(headers: tuple[tuple[str, bytes], ...], key: bytes | None) -> None:
    letter_of(PLACE, 0, key, 0, headers)
    original_of(key, key, headers)


def test_a_fact_that_was_read_from_postgres_has_no_offset() -> None:
    told = letter_headers(Place("t", 1, -1), WHY, Original(key=None, value=b"v"), None)
    assert letter_of(PLACE, 0, None, 1, told).source == Place("t", 1, -1)


def test_an_id_is_a_place() -> None:
    assert place_of(str(PLACE)) == PLACE


@pytest.mark.parametrize("text", ["", "a", "a:1", "a:b:1", "a:1:-1", "a:1:1 ", "가:1:1", "a:१:1"])
def test_what_is_no_id_names_no_place(text: str) -> None:
    assert place_of(text) is None
