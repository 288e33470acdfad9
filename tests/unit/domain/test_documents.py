"""What becomes of a message in the search."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.documents import IndexedMessage, index_of, search_document
from chatstream.domain.times import to_text

TIMES = st.integers(946_684_800_000, 4_102_444_799_999).map(
    lambda milliseconds: to_text(datetime.fromtimestamp(milliseconds / 1000, UTC))
)
NUMBERS = st.integers(1, 2**53)
TEXTS = st.text(max_size=50)
SAID = st.builds(
    IndexedMessage,
    room_id=st.uuids().map(str),
    seq=NUMBERS,
    rev=NUMBERS,
    message_id=st.uuids().map(str),
    account_id=st.uuids().map(str),
    user_id=TEXTS,
    user_name=TEXTS,
    text=TEXTS,
    at=TIMES,
)


@given(said=SAID)
def test_the_same_message_gives_the_same_search_document(said: IndexedMessage) -> None:
    assert search_document(said) == search_document(said)


@pytest.mark.parametrize(
    ("at", "month"),
    [
        pytest.param("2026-11-30T23:59:59.999Z", "2026.11", id="last millisecond"),
        pytest.param("2026-12-01T00:00:00.000Z", "2026.12", id="first millisecond"),
        pytest.param("2026-12-01T08:59:59.000+09:00", "2026.11", id="the month is UTC's"),
    ],
)
def test_the_month_is_that_of_the_stored_time(at: str, month: str) -> None:
    assert index_of("chatstream-events", at) == f"chatstream-events-{month}"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="is no time of RFC 3339"):
        index_of("chatstream-events", "2026-12-01T00:00:00")


@given(said=SAID, hours=st.integers(-23, 23))
def test_a_later_fact_about_a_message_keeps_its_place(said: IndexedMessage, hours: int) -> None:
    zoned = datetime.fromisoformat(said.at).astimezone(timezone(timedelta(hours=hours)))
    later = IndexedMessage(
        room_id=said.room_id,
        seq=said.seq,
        rev=said.rev + 1,
        message_id=said.message_id,
        account_id=said.account_id,
        user_id=said.user_id,
        user_name=said.user_name,
        text="edited",
        at=zoned.isoformat(),
    )
    first, second = search_document(said), search_document(later)
    assert (first.index, first.id) == (second.index, second.id)
    assert first.version is not None
    assert second.version == first.version + 1
