"""Trace contexts in headers: what is one, what is none, and that nothing raises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain import tracing

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GOOD = f"00-{TRACE}-{PARENT}-01".encode()

ids = st.tuples(st.integers(1, 2**128 - 1), st.integers(1, 2**64 - 1), st.booleans())


def test_the_parts_of_a_context() -> None:
    assert tracing.traceparent(GOOD) is GOOD
    assert tracing.parse(GOOD) == tracing.trace_id(GOOD) == TRACE
    assert tracing.parent_id(GOOD) == PARENT


@given(ids)
def test_what_is_composed_is_read_again(given_ids: tuple[int, int, bool]) -> None:
    trace, parent, sampled = given_ids
    made = tracing.compose(trace, parent, sampled=sampled)
    assert tracing.traceparent(made) == made
    assert int(tracing.trace_id(made), 16) == trace
    assert int(tracing.parent_id(made), 16) == parent
    assert made.endswith(b"01" if sampled else b"00")


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        GOOD.upper(),  # the specification has lower case only
        GOOD[:-1],
        GOOD + b"0",
        GOOD + b"-00",  # version 00 has no further part
        b" " + GOOD,
        GOOD + b"\n",
        b"ff" + GOOD[2:],
        b"cc" + GOOD[2:] + b"x",
        GOOD.replace(TRACE.encode(), b"0" * 32),
        GOOD.replace(PARENT.encode(), b"0" * 16),
        GOOD.replace(b"-", b"_"),
        GOOD.replace(b"4", b"g"),
        "００-".encode() + GOOD[3:],
    ],
)
def test_what_is_no_context(value: bytes | None) -> None:
    assert tracing.traceparent(value) is None
    assert tracing.parse(value) is None


@pytest.mark.parametrize("tail", [b"", b"-", b"-what-comes-later"])
def test_a_later_version_gives_what_all_have_in_common(tail: bytes) -> None:
    assert tracing.traceparent(b"cc" + GOOD[2:] + tail) == GOOD


@given(st.one_of(st.binary(max_size=80), st.from_regex(rb"[0-9a-f-]{50,60}", fullmatch=True)))
def test_any_bytes_are_a_whole_context_or_none(value: bytes) -> None:
    known = tracing.traceparent(value)
    assert (known is None) == (tracing.parse(value) is None)
    if known is not None:
        assert len(known) == len(GOOD)
        assert tracing.traceparent(known) is known


def test_our_own_word_on_sampling_replaces_the_flags() -> None:
    assert tracing.with_flag(GOOD, sampled=False) == GOOD[:-2] + b"00"
    assert tracing.with_flag(GOOD[:-2] + b"ff", sampled=True) == GOOD


@given(st.integers(0, 10**13))
def test_the_time_of_a_wish_goes_through_its_header(milliseconds: int) -> None:
    assert tracing.wished(tracing.wished_of(milliseconds / 1000)) == milliseconds


@given(st.binary(max_size=20))
def test_any_bytes_are_a_time_or_none(value: bytes) -> None:
    found = tracing.wished(value)
    assert found is None or (value.isdigit() and found == int(value))


@pytest.mark.parametrize("value", [None, b"", b"-1", b"1.5", b" 1", "１".encode(), b"1" * 16])
def test_what_is_no_time(value: bytes | None) -> None:
    assert tracing.wished(value) is None


def test_a_record_without_a_time_says_none() -> None:
    assert tracing.wished_of(None) is None
    assert tracing.wished_of(-0.001) is None  # Kafka's "no timestamp"


def test_the_first_header_of_a_name_counts() -> None:
    pairs = [("a", b"1"), ("traceparent", GOOD), ("traceparent", b"2")]
    assert tracing.header(pairs, tracing.TRACEPARENT) is GOOD
    assert tracing.header({"a": b"1"}, "a") == b"1"
    assert tracing.header([("a", b"1")], tracing.TRACEPARENT) is None
    assert tracing.header({}, tracing.TRACEPARENT) is tracing.header(None, "a") is None
