"""Fetches are on the wire as aiokafka writes and reads them."""

from __future__ import annotations

import struct
from io import BytesIO
from typing import Any

import pytest
from aiokafka.protocol.fetch import FetchRequest, FetchRequest_v4, FetchRequest_v11
from aiokafka.protocol.fetch import FetchResponse_v11 as Known
from hypothesis import given
from hypothesis import strategies as st

from infra.faust.fetch_codec import VERSION, QuickFetch, WireAnswer, WireFetch

SMALL, LARGE = st.integers(-(2**31), 2**31 - 1), st.integers(-(2**63), 2**63 - 1)
SHORT = st.integers(-(2**15), 2**15 - 1)
NAMES = st.text(max_size=12)
ABORTED = st.none() | st.lists(st.tuples(LARGE, LARGE), max_size=3)
PARTITION = st.tuples(
    SMALL, SHORT, LARGE, LARGE, LARGE, ABORTED, SMALL, st.none() | st.binary(max_size=40)
)
ANSWERS = st.builds(
    Known, SMALL, SHORT, SMALL, st.lists(st.tuples(NAMES, st.lists(PARTITION, max_size=4)))
)
ASKED = st.lists(st.tuples(NAMES, st.lists(st.tuples(SMALL, LARGE, SMALL), max_size=4)))


def quick(request: FetchRequest) -> Any:
    request.__class__ = QuickFetch
    return request.prepare({1: (0, 17)})


@given(SMALL, SMALL, SMALL, st.integers(0, 1), ASKED, NAMES)
def test_a_request_has_the_same_bytes(
    wait: int, least: int, most: int, level: int, topics: Any, rack: str
) -> None:
    request = FetchRequest(wait, least, most, level, topics, rack)
    expected = request.build(FetchRequest_v11).encode()
    assert quick(request).encode() == expected


@given(ANSWERS, st.binary(max_size=8))
def test_an_answer_is_read_as_aiokafka_reads_it(answer: Any, before: bytes) -> None:
    whole = answer.encode()
    data = BytesIO(before + whole)
    data.seek(len(before))
    found, known = WireAnswer.decode(data), Known.decode(whole)
    assert {name: getattr(found, name) for name in known.SCHEMA.names} == {
        name: getattr(known, name) for name in known.SCHEMA.names
    }
    assert (found.API_KEY, found.API_VERSION) == (known.API_KEY, VERSION)


@given(ANSWERS, st.data())
def test_an_answer_that_is_cut_short_is_told(answer: Any, data: st.DataObject) -> None:
    whole = answer.encode()
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises((ValueError, struct.error)):
        WireAnswer.decode(whole[:cut])


def test_a_broker_that_speaks_an_older_version_gets_it() -> None:
    request = FetchRequest(1, 1, 1, 0, [("t", [(0, 5, 9)])])
    expected = request.build(FetchRequest_v4)
    request.__class__ = QuickFetch
    found = request.prepare({1: (0, 4)})
    assert type(found) is FetchRequest_v4
    assert found.encode() == expected.encode()


def test_version_11_is_the_last_that_aiokafka_speaks() -> None:
    """Else the quick way would be given up without a word."""
    assert type(quick(FetchRequest(1, 1, 1, 0, []))) is WireFetch
