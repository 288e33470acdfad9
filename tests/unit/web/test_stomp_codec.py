"""Frames of clients: what is read however it is cut, what is refused, and at what cost."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.stomp import CLIENT_COMMANDS, ProtocolError
from tests.client.frames import escape
from web.stomp.codec import HEADERS, ClientFrame, FrameReader

LIMIT = 64 * 1024
LENGTH = "content-length"

text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
names = text.filter(lambda name: bool(name) and name.lower() != LENGTH)
commands = st.sampled_from(sorted(CLIENT_COMMANDS - {"CONNECT", "STOMP"}))
lines = st.lists(st.tuples(names, text), max_size=6)


def read(data: bytes, limit: int = LIMIT, version: str = "1.2") -> list[ClientFrame]:
    reader = FrameReader(limit)
    reader.version = version
    return list(reader.feed(data))


def cut(data: bytes, sizes: Sequence[int]) -> list[bytes]:
    """The bytes in chunks of these sizes, again and again."""
    chunks, place, turn = [], 0, 0
    while place < len(data):
        chunks.append(data[place : place + sizes[turn % len(sizes)]])
        place += len(chunks[-1])
        turn += 1
    return chunks


def wire(command: str, headers: Sequence[tuple[str, str]], body: bytes, end: str) -> bytes:
    shown = "".join(f"{escape(name)}:{escape(value)}{end}" for name, value in headers)
    return f"{command}{end}{shown}{end}".encode() + body + b"\0"


@st.composite
def frames(draw: st.DrawFn) -> tuple[bytes, ClientFrame]:
    """A frame on the wire, and what it says."""
    command, headers, body = draw(commands), draw(lines), draw(st.binary(max_size=200))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    beats = draw(st.sampled_from([b"", b"\n", b"\r\n\n"]))
    if draw(st.booleans()):
        place = draw(st.integers(0, len(headers)))
        headers.insert(place, (LENGTH, str(len(body))))
    else:
        body = body.replace(b"\0", b"")
    said: dict[str, str] = {}
    for name, value in headers:
        said.setdefault(name, value)
    return beats + wire(command, headers, body, end), ClientFrame(command, said, body)


@given(st.lists(frames(), max_size=5), st.lists(st.integers(1, 50), min_size=1, max_size=8))
def test_frames_are_read_however_they_are_cut(
    sent: list[tuple[bytes, ClientFrame]], sizes: list[int]
) -> None:
    reader = FrameReader(LIMIT)
    stream = b"".join(data for data, _ in sent) + b"\n"
    found = [frame for chunk in cut(stream, sizes) for frame in reader.feed(chunk)]
    assert found == [frame for _, frame in sent]


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.sampled_from(
                [b"SEND\n", b"CONNECT\n", b"a:b\n", b"content-length:", b"\n", b"\0", b"\r", b"\\c"]
            ),
        ),
        max_size=12,
    ),
    st.lists(st.integers(1, 20), min_size=1, max_size=5),
    st.sampled_from(["1.1", "1.2"]),
)
def test_nothing_but_a_protocol_error_comes_of_any_bytes(
    parts: list[bytes], sizes: list[int], version: str
) -> None:
    def outcome(chunks: list[bytes]) -> tuple[list[ClientFrame], bool]:
        reader, found = FrameReader(60), list[ClientFrame]()
        reader.version = version
        try:
            for chunk in chunks:
                found += reader.feed(chunk)
        except ProtocolError:
            return found, True
        return found, False

    stream = b"".join(parts)
    assert outcome(cut(stream, sizes)) == outcome(cut(stream, [1]))


@pytest.mark.parametrize(
    "data",
    [
        b"HELLO\n\n\0",
        b"send\n\n\0",
        b"SEND\ndestination:/a\0",
        b"SEND\nno colon\n\n\0",
        b"SEND\n:no name\n\n\0",
        b"SEND\na:b:c\n\n\0",
        b"SEND\na:b\\t\n\n\0",
        b"SEND\na:b\\\n\n\0",
        b"SEND\na:b\rc\n\n\0",
        b"SEND\na:\xff\n\n\0",
        b"SEND\na:b\0c\n\n\0",
        b"SEND\ncontent-length:2\n\nabc\0",
        b"SEND\ncontent-length:" + b"9" * 5000 + b"\n\n\0",
        b"SEND\ncontent-length:-1\n\n\0",
        b"SEND\ncontent-length:+1\n\nx\0",
        b"SEND\ncontent-length: 1\n\nx\0",
        b"SEND\ncontent-length:1_0\n\nx\0",
        "SEND\ncontent-length:١\n\nx\0".encode(),
        b"SEND\ncontent-length:abc\n\n\0",
        b"SEND\ncontent-length:\n\n\0",
        b"SEND\ncontent-length:1\ncontent-length:2\n\nx\0",
        b"SEND\ncontent-length:1\nContent-Length:2\n\nx\0",
        b"SEND\n" + b"".join(b"h%d:x\n" % number for number in range(HEADERS + 1)) + b"\n\0",
        b"\0SEND\n\n\0",
    ],
)
def test_what_means_two_things_is_an_error(data: bytes) -> None:
    with pytest.raises(ProtocolError) as error:
        read(data)
    assert not error.value.too_large


def test_the_escapes_are_those_of_the_version() -> None:
    escaped = b"SEND\na\\c:\\\\\\n\\r\n\n\0"
    assert read(escaped)[0].headers == {"a:": "\\\n\r"}
    with pytest.raises(ProtocolError):
        read(escaped, version="1.1")
    assert read(b"SEND\na:\\c\\n\\\\\n\n\0", version="1.1")[0].headers == {"a": ":\n\\"}


def test_headers_of_connect_are_not_escaped() -> None:
    (frame,) = read(b"CONNECT\naccept-version:1.2\nhost:a:80\npath:c\\d\n\n\0")
    assert frame.headers == {"accept-version": "1.2", "host": "a:80", "path": "c\\d"}


def test_of_a_repeated_header_the_first_counts() -> None:
    (frame,) = read(b"SEND\na:1\na:2\ncontent-length:1\ncontent-length:1\n\nx\0")
    assert frame == ClientFrame("SEND", {"a": "1", LENGTH: "1"}, b"x")


@given(st.integers(1, 400), st.integers(1, 400), st.booleans())
def test_no_frame_is_larger_than_the_limit(size: int, chunk: int, with_length: bool) -> None:
    head = b"SEND\ncontent-length:%d\n\n" % size if with_length else b"SEND\n\n"
    data, reader = head + b"x" * size + b"\0", FrameReader(100)

    def found() -> list[ClientFrame]:
        return [frame for part in cut(data * 2, [chunk]) for frame in reader.feed(part)]

    if len(data) - 1 <= 100:
        assert len(found()) == 2
    else:
        with pytest.raises(ProtocolError) as error:
            found()
        assert error.value.too_large


def test_a_length_over_the_limit_is_refused_before_the_body_comes() -> None:
    with pytest.raises(ProtocolError) as error:
        read(b"SEND\ncontent-length:101\n\n", limit=100)
    assert error.value.too_large


def test_a_head_is_bounded_by_itself() -> None:
    with pytest.raises(ProtocolError) as error:
        read(b"SEND\na:" + b"x" * 20_000)
    assert error.value.too_large


@pytest.mark.parametrize(
    ("data", "size", "chunk"),
    [
        pytest.param(b"SEND\na:" + b"x" * 16_000, 2_000, 1, id="a head byte by byte"),
        pytest.param(b"SEND\n\n" + b"x" * 8_000_000, 1_000_000, 1_000, id="a body in pieces"),
        pytest.param(b"SEND\r\n\r\n\0" * 16_000, 18_000, 1 << 20, id="many frames at once"),
        pytest.param(b"\r\n" * 32_000, 8_000, 1, id="heart-beats"),
    ],
)
def test_the_time_grows_with_the_bytes_and_not_with_their_square(
    data: bytes, size: int, chunk: int
) -> None:
    def seconds(part: bytes) -> float:
        reader = FrameReader(1 << 24)
        began = time.process_time()
        for piece in cut(part, [chunk]):
            for _ in reader.feed(piece):
                pass
        return time.process_time() - began

    # Eight times the bytes are eight times the work; rescanning them is sixty-four times. On a busy
    # machine what looks wrong is looked at again, and better figures count.
    once, whole = seconds(data[:size]), seconds(data)
    for turn in range(1, 30):
        once = min(once, seconds(data[:size]))
        if turn >= 5 and whole < 24 * once:
            break
        whole = min(whole, seconds(data))
    assert whole < 24 * once
