"""A cursor we gave is good for the next page; nothing else is a cursor."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatstream.domain.cursors import CursorShape, Value, identity, moment, real, text, whole
from chatstream.errors import ErrorCode, UserError

ROOMS = CursorShape("rooms", moment, identity)
NAMES = CursorShape("friends", text, text)
HITS = CursorShape("messages", real, whole, identity, whole)
ALL = (ROOMS, NAMES, HITS)

ROOM = "0199f3a0-0000-7000-8000-000000000001"
AT = "2026-11-21T12:00:00.123456+00:00"

times = st.datetimes(
    datetime(1970, 1, 2),  # noqa: DTZ001 (Hypothesis gives the zone)
    datetime(9998, 12, 30),  # noqa: DTZ001
    timezones=st.builds(
        lambda minutes: timezone(timedelta(minutes=minutes)), st.integers(-1439, 1439)
    ),
)
texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=80)
wholes = st.integers(-(2**63) + 1, 2**63 - 1)
reals = st.floats(allow_nan=False, allow_infinity=False)


def made(raw: object) -> str:
    """A cursor of this JSON, as anybody can write one."""
    return wrapped(raw if isinstance(raw, str) else json.dumps(raw, separators=(",", ":")))


def wrapped(raw: str | bytes) -> str:
    held = raw if isinstance(raw, bytes) else raw.encode()
    return base64.urlsafe_b64encode(held).rstrip(b"=").decode()


def refused(shape: CursorShape, cursor: str) -> bool:
    with pytest.raises(UserError) as caught:
        shape.decode(cursor)
    assert caught.value.details["field"] == "cursor"
    return caught.value.code is ErrorCode.INVALID_INPUT


@given(at=times, room=st.uuids())
def test_a_time_and_an_id_come_back(at: datetime, room: UUID) -> None:
    found = ROOMS.decode(ROOMS.encode(at, str(room)))
    assert datetime.fromisoformat(str(found[0])) == at
    assert found == (at.astimezone(UTC).isoformat(timespec="microseconds"), str(room))


@given(key=st.tuples(texts, texts))
def test_names_come_back(key: tuple[str, str]) -> None:
    assert NAMES.decode(NAMES.encode(*key)) == key


@given(score=reals, at=wholes, room=st.uuids(), seq=wholes)
def test_numbers_come_back_whatever_the_length_of_the_cursor(
    score: float, at: int, room: UUID, seq: int
) -> None:
    assert HITS.decode(HITS.encode(score, at, str(room), seq)) == (score, at, str(room), seq)


def test_every_length_modulo_four_is_read() -> None:
    cursors = [NAMES.encode("a" * n, "b") for n in range(9)]
    assert {len(cursor) % 4 for cursor in cursors} == {0, 2, 3}
    assert [NAMES.decode(cursor) for cursor in cursors] == [("a" * n, "b") for n in range(9)]


@given(st.text(max_size=200))
@example("")
@example("=")
@example("a")
@example("한국")
def test_any_other_text_is_refused(cursor: str) -> None:
    assert all(refused(shape, cursor) for shape in ALL)


@given(st.binary(max_size=200))
def test_any_other_bytes_are_refused(raw: bytes) -> None:
    assert all(refused(shape, wrapped(raw)) for shape in ALL)


@given(
    st.lists(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
            st.lists,
            max_leaves=5,
        ),
        max_size=6,
    )
)
def test_any_other_array_is_refused(key: list[object]) -> None:
    assert all(refused(shape, made(key)) for shape in ALL)


@given(key=st.tuples(texts, texts), at=st.integers(0, 400), sign=st.sampled_from("Ab_-=+/ \n"))
def test_a_cursor_that_was_changed_is_refused_or_another_of_ours(
    key: tuple[str, str], at: int, sign: str
) -> None:
    cursor = NAMES.encode(*key)
    changed = cursor[:at] + sign + cursor[at + 1 :]
    try:
        found = NAMES.decode(changed)
    except UserError:
        return
    assert NAMES.encode(*found) == changed


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(["rooms", "0001-01-01T00:00:00+23:59", ROOM], id="before the calendar"),
        pytest.param(["rooms", "9999-12-31T23:59:59-23:59", ROOM], id="behind the calendar"),
        pytest.param(["rooms", "1969-12-31T23:59:59.999999+00:00", ROOM], id="before the epoch"),
        pytest.param(["rooms", "10000-01-01T00:00:00.000000+00:00", ROOM], id="year 10000"),
        pytest.param(["rooms", "2026-11-21T12:00:00.123456", ROOM], id="no zone"),
        pytest.param(["rooms", "2026-W47-6", ROOM], id="a date"),
        pytest.param(["rooms", "2026-11-21T21:00:00.123456+09:00", ROOM], id="another zone"),
        pytest.param(["rooms", "infinity", ROOM], id="Postgres' infinity"),
        pytest.param(["rooms", AT, ROOM.upper()], id="a UUID in capitals"),
        pytest.param(["rooms", AT, ROOM.replace("-", "")], id="a UUID without dashes"),
        pytest.param(["rooms", AT], id="a part is missing"),
        pytest.param(["rooms", AT, ROOM, ROOM], id="a part too many"),
        pytest.param(["friends", AT, ROOM], id="another list's"),
        pytest.param(["rooms", 1, ROOM], id="a number for a time"),
        pytest.param({"rooms": 1}, id="an object"),
        pytest.param([], id="an empty array"),
        pytest.param(f'["rooms", "{AT}","{ROOM}"]', id="a space more"),
        pytest.param("[" * 1500, id="too deep"),
    ],
)
def test_a_place_that_cannot_be_is_refused(key: object) -> None:
    assert refused(ROOMS, made(key))


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(f'["messages",NaN,1,"{ROOM}",1]', id="NaN"),
        pytest.param(f'["messages",Infinity,1,"{ROOM}",1]', id="infinity"),
        pytest.param(f'["messages",1e999,1,"{ROOM}",1]', id="too large a float"),
        pytest.param(f'["messages",1.0,9223372036854775808,"{ROOM}",1]', id="65 bits"),
        pytest.param(f'["messages",1.0,{"9" * 1400},"{ROOM}",1]', id="a huge whole number"),
        pytest.param(f'["messages",{"9" * 1400},1,"{ROOM}",1]', id="a huge number"),
        pytest.param(f'["messages",1.0,1.5,"{ROOM}",1]', id="half a millisecond"),
        pytest.param(f'["messages",1.0,true,"{ROOM}",1]', id="a truth"),
        pytest.param(f'["messages",1,1,"{ROOM}",1]', id="a float spelt otherwise"),
    ],
)
def test_a_number_that_cannot_be_is_refused(raw: str) -> None:
    assert refused(HITS, made(raw))


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param('["friends","a\\u0000","b"]', id="NUL"),
        pytest.param('["friends","\\ud800","b"]', id="half a pair"),
        pytest.param('["friends","\\u0061","b"]', id="an escape that needs none"),
        pytest.param(b'["friends","\xff","b"]', id="no UTF-8"),
    ],
)
def test_a_text_that_cannot_be_is_refused(raw: str | bytes) -> None:
    assert refused(NAMES, wrapped(raw))


def test_padding_is_no_part_of_a_cursor() -> None:
    cursor = NAMES.encode("a", "b")
    assert refused(NAMES, cursor + "=")
    assert refused(NAMES, cursor + "==")


@pytest.mark.parametrize(
    ("shape", "length"), [pytest.param(ROOMS, 2, id="two"), pytest.param(HITS, 4, id="four")]
)
def test_the_first_page_has_no_place(shape: CursorShape, length: int) -> None:
    assert shape.place(None) == (None,) * length


@pytest.mark.parametrize(
    ("make", "key"),
    [
        pytest.param(ROOMS.encode, (datetime(1, 1, 1), ROOM), id="no zone"),  # noqa: DTZ001
        pytest.param(NAMES.encode, ("\x00", "b"), id="NUL"),
        pytest.param(NAMES.encode, ("a",), id="a part is missing"),
    ],
)
def test_what_would_be_refused_is_not_given(
    make: Callable[..., str], key: tuple[Value | datetime, ...]
) -> None:
    with pytest.raises(ValueError, match=r"."):
        make(*key)
