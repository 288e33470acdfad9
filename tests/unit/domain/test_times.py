"""RFC 3339 in every form that it allows, and nothing else; told back in one form."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.times import from_query, from_text, now_text, text_of, to_text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2026-11-28T12:00:00Z", "2026-11-28T12:00:00.000Z"),
        ("2026-11-28t12:00:00z", "2026-11-28T12:00:00.000Z"),
        ("2026-11-28 12:00:00Z", "2026-11-28T12:00:00.000Z"),
        ("2026-11-28T12:00:00.5Z", "2026-11-28T12:00:00.500Z"),
        ("2026-11-28T12:00:00.123456789012Z", "2026-11-28T12:00:00.123Z"),
        ("2026-11-28T21:00:00+09:00", "2026-11-28T12:00:00.000Z"),
        ("2026-11-28T06:30:00-05:30", "2026-11-28T12:00:00.000Z"),
        ("2026-11-28T12:00:00-00:00", "2026-11-28T12:00:00.000Z"),
        ("2026-11-28T12:00:00+23:59", "2026-11-27T12:01:00.000Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
        # The examples of RFC 3339, 5.8; both are the same leap second.
        ("1990-12-31T23:59:60Z", "1991-01-01T00:00:00.000Z"),
        ("1990-12-31T15:59:60-08:00", "1991-01-01T00:00:00.000Z"),
        ("1990-12-31T23:59:60.5Z", "1991-01-01T00:00:00.000Z"),
        ("1937-01-01T12:00:27.87+00:20", "1937-01-01T11:40:27.870Z"),
    ],
)
def test_every_form_of_rfc_3339_is_a_time(text: str, told: str) -> None:
    assert to_text(from_text(text)) == told


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-11-28",
        "2026-11-28T12:00:00",
        "2026-11-28T12:00Z",
        "2026-11-28T12Z",
        "20261128T120000Z",
        "2026-W48-6T12:00:00Z",
        "2026-332T12:00:00Z",
        "2026-11-28_12:00:00Z",
        "2026-11-28T12:00:00,5Z",
        "2026-11-28T12:00:00.Z",
        "2026-11-28T12:00:00+0900",
        "2026-11-28T12:00:00+09",
        "2026-11-28T12:00:00+09:00:00",
        "2026-11-28T12:00:00+24:00",
        "2026-11-28T12:00:00+09:60",
        "2026-11-28T12:00:00 +09:00",
        "2026-11-28T24:00:00Z",
        "2026-11-28T12:60:00Z",
        "2026-11-28T12:00:61Z",
        "2026-11-28T12:00:60Z",
        "2026-11-28T23:59:60+09:00",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:60Z",
        "9999-12-31T23:59:59-00:01",
        "2026-11-28T12:00:00Z\n",
        " 2026-11-28T12:00:00Z",
        "٢٠٢٦-11-28T12:00:00Z",
        "２０２６-11-28T12:00:00Z",
        "-2026-11-28T12:00:00Z",
        "12026-11-28T12:00:00Z",
    ],
)
def test_anything_else_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"RFC 3339|UTC|60th|range|must be in"):
        from_text(text)


@given(
    st.timedeltas(timedelta(days=-2_000 * 365), timedelta(days=7_900 * 365)),
    st.integers(-1439, 1439),
    st.sampled_from("Tt "),
    st.booleans(),
)
def test_a_time_is_the_same_moment_in_whatever_zone_it_is_written(
    after: timedelta, minutes: int, between: str, is_query: bool
) -> None:
    moment = datetime(2026, 11, 28, tzinfo=UTC) + after
    written = moment.astimezone(timezone(timedelta(minutes=minutes))).isoformat(between)
    if is_query:
        assert from_query(written.replace("+", " ")) == moment
    else:
        assert from_text(written) == moment


def test_times_of_ours_are_read_back_to_the_millisecond() -> None:
    for text in (now_text(), text_of(0.0), text_of(1e18)):
        assert to_text(from_text(text)) == text
