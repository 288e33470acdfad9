"""What the server sends: STOMP frames, and the WebSocket frames around them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.stomp import Beats
from chatstream.errors import ErrorCode, UserError
from tests.client.frames import ServerFrame, read_frame
from web.live.frames import Broadcast, subscription_header, websocket_text
from web.stomp import codec, frames


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536])
def test_the_websocket_frame_has_the_length_in_its_shortest_form(size: int) -> None:
    head = {125: 2, 0: 2, 126: 4, 65535: 4, 65536: 10}[size]
    frame = websocket_text(b"x" * size)
    assert len(frame) == head + size
    assert frame[0] == 0x81
    assert frame[1] & 0x80 == 0
    assert int.from_bytes(frame[2:head], "big") == (0 if size < 126 else size)


def test_a_close_frame_keeps_whole_characters_within_its_bound() -> None:
    frame = frames.close_frame(1013, "가" * 60)
    assert len(frame) <= 127
    assert frame[4:].decode() == "가" * 41


@pytest.mark.parametrize("subscription", ["sub-0", "a:b", "줄\n바꿈\\\r"])
def test_a_message_names_its_subscription_and_destination(subscription: str) -> None:
    event = Broadcast("/sub/user/min", "u1", {"type": "removed"})
    frame = read_frame(event.frame(subscription_header(subscription)).stomp)
    assert frame.command == "MESSAGE"
    assert frame.headers["subscription"] == subscription
    assert frame.headers["destination"] == "/sub/user/min"
    assert frame.headers["message-id"] == "u1"
    assert frame.json == {"type": "removed"}


def test_equal_subscription_ids_share_the_very_bytes() -> None:
    event = Broadcast("/sub/user/min", "u1", {})
    one, two = subscription_header("s"), subscription_header("s")
    assert event.frame(one).websocket is event.frame(two).websocket
    assert event.frame(subscription_header("t")) is not event.frame(one)


def test_connected_tells_the_agreed_heart_beats_in_milliseconds() -> None:
    assert frames.connected("1.2", Beats(10.0, 20.0)).stomp == (
        b"CONNECTED\nheart-beat:10000,20000\nversion:1.2\n\n\0"
    )


def test_an_error_has_code_and_envelope_and_names_the_receipt() -> None:
    fault = UserError(ErrorCode.NOT_A_MEMBER, "no", details={"roomId": "r"})
    frame = read_frame(frames.error(fault, "r1", "ko").stomp)
    assert frame.command == "ERROR"
    assert frame.headers["message"] == "NOT_A_MEMBER: no"
    assert frame.headers["receipt-id"] == "r1"
    assert frame.json == {
        "error": {
            "code": "NOT_A_MEMBER",
            "message": "이 방의 멤버가 아니에요.",
            "details": {"roomId": "r"},
        }
    }


@given(
    st.dictionaries(
        st.from_regex("[a-z-]{1,9}", fullmatch=True),
        st.text(st.characters(codec="utf-8")),
        max_size=5,
    ),
    st.binary(),
)
def test_any_text_in_a_header_is_read_as_it_was_written(
    headers: dict[str, str], body: bytes
) -> None:
    sent = headers | {"content-length": str(len(body))}
    assert read_frame(codec.server_frame("ERROR", sent, body)) == ServerFrame("ERROR", sent, body)
