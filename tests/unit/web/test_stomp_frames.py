"""The codec: what is parsed as stompman parses it, what is refused, what is sent."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stompman import ErrorFrame, FrameParser, HeartbeatFrame, MessageFrame, SendFrame, dump_frame

from chatstream.domain.stomp import Beats, ProtocolError
from chatstream.errors import ErrorCode, UserError
from web.stomp import frames
from web.stomp.parser import ClientParser

LIMIT = 64 * 1024


def parse(data: bytes, limit: int = LIMIT) -> list[object]:
    return list(ClientParser(limit).parse_frames_from_chunk(data))


header_text = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00\r", exclude_categories=["Cs"])
)
headers = st.dictionaries(
    header_text.filter(lambda name: bool(name) and name.lower() != "content-length"),
    header_text,
    max_size=5,
)


@given(st.lists(st.tuples(headers, st.binary(max_size=300), st.booleans()), max_size=4), st.data())
def test_frames_are_what_the_library_reads_however_they_are_cut(
    sent: list[tuple[dict[str, str], bytes, bool]], data: st.DataObject
) -> None:
    stream = b""
    for given_headers, body, with_length in sent:
        shown: dict[str, str] = dict(given_headers)
        if with_length:
            shown["content-length"] = str(len(body))
        kept = body if with_length else body.replace(b"\0", b"")
        stream += dump_frame(SendFrame(headers=shown, body=kept)) + b"\n"  # type: ignore[arg-type]
    parser, library = ClientParser(LIMIT), FrameParser()
    parsed: list[object] = []
    position = 0
    while position < len(stream):
        size = data.draw(st.integers(1, len(stream)))
        parsed += parser.parse_frames_from_chunk(stream[position : position + size])
        position += size
    assert parsed == list(library.parse_frames_from_chunk(stream))
    assert len([each for each in parsed if isinstance(each, SendFrame)]) == len(sent)


@pytest.mark.parametrize(
    "data",
    [
        b"HELLO\n\n\0",
        b"send\n\n\0",
        b"SEND\ndestination:/a\0",
        b"SEND\nno colon\n\n\0",
        b"SEND\na:b:c\n\n\0",
        b"SEND\na:b\\t\n\n\0",
        b"SEND\na:b\\\n\n\0",
        b"SEND\ncontent-length:2\n\nabc\0",
        b"SEND\n" + b"".join(b"h%d:x\n" % number for number in range(65)) + b"\n\0",
        b"\0SEND\n\n\0",
    ],
)
def test_what_the_library_would_drop_is_an_error(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse(data)


def test_carriage_returns_and_heart_beats_are_understood() -> None:
    assert parse(b"\n") == [HeartbeatFrame()]
    assert parse(b"\n" * LIMIT) == [HeartbeatFrame()]
    (frame,) = parse(b"SEND\r\ndestination:/a\r\n\r\nx\0")
    assert frame == SendFrame(headers={"destination": "/a"}, body=b"x")


def test_a_colon_in_connect_is_no_error_since_it_is_not_escaped_there() -> None:
    (frame,) = parse(b"CONNECT\naccept-version:1.2\nhost:a:80\n\n\0")
    assert frame.headers["accept-version"] == "1.2"  # type: ignore[attr-defined]


def test_the_limit_counts_one_frame_over_its_chunks_and_not_their_sum() -> None:
    parser = ClientParser(100)
    for _ in range(10):
        list(parser.parse_frames_from_chunk(b"SEND\ndestination:/a\n\n" + b"x" * 50 + b"\0"))
    list(parser.parse_frames_from_chunk(b"SEND\ndestination:/a\n\n" + b"x" * 60))
    with pytest.raises(ProtocolError) as error:
        list(parser.parse_frames_from_chunk(b"x" * 60))
    assert error.value.too_large


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536])
def test_the_websocket_frame_has_the_length_in_its_shortest_form(size: int) -> None:
    head = {125: 2, 0: 2, 126: 4, 65535: 4, 65536: 10}[size]
    frame = frames.websocket_text(b"x" * size)
    assert len(frame) == head + size
    assert frame[0] == 0x81
    assert frame[1] & 0x80 == 0
    assert int.from_bytes(frame[2:head], "big") == (0 if size < 126 else size)


def test_a_close_frame_keeps_whole_characters_within_its_bound() -> None:
    frame = frames.close_frame(1013, "가" * 60)
    assert len(frame) <= 127
    assert frame[4:].decode() == "가" * 41


@pytest.mark.parametrize("subscription", ["sub-0", "a:b", "줄\n바꿈\\"])
def test_a_message_is_what_the_library_would_send(subscription: str) -> None:
    event = frames.Broadcast("/sub/user/min", "u1", {"type": "removed"})
    (frame,) = FrameParser().parse_frames_from_chunk(
        event.frame(frames.subscription_header(subscription)).stomp
    )
    assert isinstance(frame, MessageFrame)
    assert frame.headers["subscription"] == subscription
    assert frame.headers["destination"] == "/sub/user/min"
    assert frame.headers["message-id"] == "u1"
    assert json.loads(frame.body) == {"type": "removed"}


def test_equal_subscription_ids_share_the_very_bytes() -> None:
    event = frames.Broadcast("/sub/user/min", "u1", {})
    one, two = frames.subscription_header("s"), frames.subscription_header("s")
    assert event.frame(one).websocket is event.frame(two).websocket
    assert event.frame(frames.subscription_header("t")) is not event.frame(one)


def test_connected_tells_the_agreed_heart_beats_in_milliseconds() -> None:
    assert frames.connected("1.2", Beats(10.0, 20.0)).stomp == (
        b"CONNECTED\nheart-beat:10000,20000\nversion:1.2\n\n\0"
    )


def test_an_error_has_code_and_envelope_and_names_the_receipt() -> None:
    fault = UserError(ErrorCode.NOT_A_MEMBER, "no", details={"roomId": "r"})
    (frame,) = FrameParser().parse_frames_from_chunk(frames.error(fault, "r1").stomp)
    assert isinstance(frame, ErrorFrame)
    assert frame.headers["message"] == "NOT_A_MEMBER: no"
    assert frame.headers["receipt-id"] == "r1"
    assert json.loads(frame.body) == {
        "error": {"code": "NOT_A_MEMBER", "message": "no", "details": {"roomId": "r"}}
    }
