"""A broker's answers are handed on whole, however their bytes come."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaConnectionError
from hypothesis import given
from hypothesis import strategies as st

from infra.faust.frames import Frames, read_frames


class Conn:
    """The parts of aiokafka's connection that get a frame."""

    host, port = "broker", 9092

    def __init__(self) -> None:
        self._reader: Any = object()
        self.frames: list[bytes] = []
        self.closed: list[BaseException] = []

    def _handle_frame(self, frame: bytes) -> None:
        if frame == b"bad":
            raise ValueError(frame)
        self.frames.append(frame)

    def close(self, reason: object, exc: BaseException) -> None:
        self._reader = None
        self.closed.append(exc)


def framed(*frames: bytes) -> bytes:
    return b"".join(len(each).to_bytes(4, "big") + each for each in frames)


@given(st.lists(st.binary(max_size=9)), st.lists(st.integers(min_value=1, max_value=7)))
def test_frames_are_the_same_however_their_bytes_are_cut(
    frames: list[bytes], cuts: list[int]
) -> None:
    conn = Conn()
    read = Frames(conn, None)
    whole = framed(*frames)
    for cut in cuts:
        read.data_received(whole[:cut])
        whole = whole[cut:]
    read.data_received(whole)
    assert conn.frames == [each for each in frames if each != b"bad"]


def test_an_answer_that_cannot_be_read_ends_the_connection_and_nothing_follows_it() -> None:
    conn = Conn()
    Frames(conn, None).data_received(framed(b"one", b"bad", b"two"))
    assert conn.frames == [b"one"]
    assert [str(each) for each in conn.closed] == ["b'bad'"]


@pytest.fixture
async def broker() -> AsyncIterator[SimpleNamespace]:
    """Takes one connection, and says what the test writes."""
    accepted: asyncio.Future[asyncio.StreamWriter] = asyncio.get_running_loop().create_future()

    async def accept(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set_result(writer)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    yield SimpleNamespace(port=server.sockets[0].getsockname()[1], accepted=accepted)
    (await accepted).close()
    server.close()


async def connected(broker: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Any:
    async def no_lookup(_: Any) -> None:
        """The broker of the test knows no versions."""

    monkeypatch.setattr(AIOKafkaConnection, "_do_version_lookup", no_lookup)
    conn = AIOKafkaConnection("127.0.0.1", broker.port, request_timeout_ms=5000)
    await conn.connect()
    return conn


def asked(conn: Any) -> asyncio.Future[bytes]:
    """A question that is answered with a frame as it is."""
    answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    conn._requests.append((None, None, answer))
    return answer


async def test_answers_go_to_who_asked_and_the_end_of_the_connection_to_who_still_waits(
    broker: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    conn = await connected(broker, monkeypatch)
    read_frames(conn)
    read_frames(conn)
    answers = [asked(conn) for _ in range(3)]
    writer = await broker.accepted
    writer.write(framed(b"one", b"two"))
    async with asyncio.timeout(60):
        assert [await each for each in answers[:2]] == [b"one", b"two"]
        assert conn.connected()
        writer.close()
        with pytest.raises(KafkaConnectionError):
            await answers[2]
        await conn.close()
    assert not conn.connected()
    assert conn._requests == deque()


async def test_a_connection_of_which_bytes_have_come_stays_as_it_is(
    broker: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    conn = await connected(broker, monkeypatch)
    conn._reader.feed_data(b"\0")
    await asyncio.sleep(0)  # the task that reads looks at them
    read_frames(conn)
    assert conn._writer.transport.get_protocol() is conn._protocol
    async with asyncio.timeout(60):
        await broker.accepted
        await conn.close()
