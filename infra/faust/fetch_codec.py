"""Fetches in the wire's form and back, a whole partition at a step.

aiokafka takes each field through an object of its own, fifteen to twenty microseconds a partition
both ways, and a fetch names up to a hundred and fifty. Here a partition is one `struct` call. Any
version of the protocol but 11, the last that aiokafka speaks, goes its way.

https://kafka.apache.org/protocol.html#The_Messages_Fetch
"""

from __future__ import annotations

from io import BytesIO
from itertools import chain
from struct import Struct, pack
from typing import Any, Self

from aiokafka.protocol import fetch

VERSION = 11
_BEGIN = Struct(">iiiibiii")  # … isolation level, session, its epoch, how many topics
_CONSUMER, _NO_SESSION, _FINAL_EPOCH, _UNKNOWN = -1, 0, -1, -1
_ANSWER = Struct(">ihii")  # throttled, error, session, how many topics
_PARTITION = Struct(">ihqqqi")  # number, error, high water, stable, start, how many aborted
_ABORTED = Struct(">qq")
_RECORDS = Struct(">ii")  # replica to be read, bytes that follow
_LENGTH, _COUNT = Struct(">h"), Struct(">i")


class WireAnswer(fetch.FetchResponse_v11):  # type: ignore[misc]  # aiokafka has no types here
    """An answer as aiokafka's own; ValueError or struct.error where it is cut short."""

    @classmethod
    def decode(cls, data: BytesIO | bytes) -> Self:
        """What is there from the reader's place on."""
        whole, at = (data, 0) if isinstance(data, bytes) else (data.getvalue(), data.tell())
        throttled, error, session, count = _ANSWER.unpack_from(whole, at)
        at += _ANSWER.size
        topics = []
        for _ in range(count):
            topic, at = _text(whole, at)
            (number,) = _COUNT.unpack_from(whole, at)
            at += _COUNT.size
            partitions = []
            for _ in range(number):
                partition, at = _partition(whole, at)
                partitions.append(partition)
            topics.append((topic, partitions))
        return cls(throttled, error, session, topics)


def _text(whole: bytes, at: int) -> tuple[str, int]:
    (length,) = _LENGTH.unpack_from(whole, at)
    at += _LENGTH.size
    return _part(whole, at, length).decode(), at + length


def _partition(whole: bytes, at: int) -> tuple[tuple[Any, ...], int]:
    number, error, high, stable, start, count = _PARTITION.unpack_from(whole, at)
    at += _PARTITION.size
    end = at + max(count, 0) * _ABORTED.size
    places = range(at, end, _ABORTED.size)
    aborted = None if count < 0 else [_ABORTED.unpack_from(whole, place) for place in places]
    at = end
    replica, size = _RECORDS.unpack_from(whole, at)
    at += _RECORDS.size
    records = None if size < 0 else _part(whole, at, size)
    found = (number, error, high, stable, start, aborted, replica, records)
    return found, at + max(size, 0)


def _part(whole: bytes, at: int, size: int) -> bytes:
    found = whole[at : at + size]
    if len(found) != size:
        raise ValueError(f"a fetch is answered with {len(found)} of {size} bytes")
    return found


class WireFetch(fetch.FetchRequest_v11):  # type: ignore[misc]
    """A request of version 11 that knows its own bytes."""

    RESPONSE_TYPE = WireAnswer

    def __init__(self, own: bytes) -> None:
        self._own = own

    def encode(self) -> bytes:
        """As aiokafka's own."""
        return self._own

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self._own)} bytes)"


class QuickFetch(fetch.FetchRequest):  # type: ignore[misc]
    """A fetch that encodes itself; any that was planned becomes one by its class."""

    def build(self, request_struct_class: type[Any]) -> Any:
        """What is sent, in the version of this class."""
        if request_struct_class.API_VERSION != VERSION:
            return super().build(request_struct_class)
        begin = _BEGIN.pack(
            _CONSUMER,
            self._max_wait_ms,
            self._min_bytes,
            self._max_bytes,
            self._isolation_level,
            _NO_SESSION,
            _FINAL_EPOCH,
            len(self._topics),
        )
        rack = self._rack_id.encode()
        end = _COUNT.pack(0) + _LENGTH.pack(len(rack)) + rack
        return WireFetch(b"".join((begin, *map(_topic, self._topics), end)))


def _topic(named: tuple[str, list[tuple[int, int, int]]]) -> bytes:
    topic, partitions = named
    name, count = topic.encode(), len(partitions)
    fields = chain.from_iterable(
        (partition, _UNKNOWN, offset, _UNKNOWN, size) for partition, offset, size in partitions
    )
    return pack(f">h{len(name)}si" + "iiqqi" * count, len(name), name, count, *fields)
