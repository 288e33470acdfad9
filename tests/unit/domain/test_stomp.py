"""What a STOMP server decides."""

from __future__ import annotations

import pytest

from chatstream.domain import stomp
from chatstream.errors import UserError

ROOM = "0190a0f0-0000-7000-8000-000000000001"


@pytest.mark.parametrize(
    ("accepted", "version"),
    [
        ("1.2", "1.2"),
        ("1.1", "1.1"),
        ("1.0,1.1,1.2", "1.2"),
        (" 1.1 , 1.0", "1.1"),
        ("1.2,2.1", "1.2"),
    ],
)
def test_the_highest_common_version_is_taken(accepted: str, version: str) -> None:
    assert stomp.negotiate_version(accepted) == version


@pytest.mark.parametrize("accepted", [None, "", "1.0", "2.0", "12"])
def test_no_common_version_is_an_error(accepted: str | None) -> None:
    with pytest.raises(stomp.ProtocolError, match=r"1\.1,1\.2"):
        stomp.negotiate_version(accepted)


@pytest.mark.parametrize(
    ("header", "send", "expect"),
    [
        (None, 0.0, 0.0),
        ("0,0", 0.0, 0.0),
        ("10000,10000", 10.0, 10.0),
        ("1,1", 10.0, 10.0),
        ("20000,30000", 30.0, 20.0),
        ("0,5000", 10.0, 0.0),
        ("5000, 0", 0.0, 10.0),
    ],
)
def test_each_direction_beats_at_the_slower_wish(
    header: str | None, send: float, expect: float
) -> None:
    assert stomp.negotiate_beats(header, 10.0) == stomp.Beats(send, expect)


@pytest.mark.parametrize("header", ["", "1", "a,b", "-1,0", "1,2,3", "1.5,2", "١,٢"])
def test_a_heart_beat_that_is_none_is_an_error(header: str) -> None:
    with pytest.raises(stomp.ProtocolError):
        stomp.negotiate_beats(header, 10.0)


def test_silence_is_borne_for_two_beats() -> None:
    assert stomp.Beats(send=0.0, expect=10.0).patience == 20.0


@pytest.mark.parametrize(("text", "after"), [(None, None), ("0", 0), ("17", 17)])
def test_after_is_a_seq(text: str | None, after: int | None) -> None:
    assert stomp.parse_after(text) == after


@pytest.mark.parametrize("text", ["", "-1", "1.0", "x", " 1", "9" * 19, "١"])
def test_anything_else_is_no_after(text: str) -> None:
    with pytest.raises(stomp.ProtocolError):
        stomp.parse_after(text)


def test_destinations_are_understood_and_room_ids_made_canonical() -> None:
    assert stomp.subscribe_destination(f"/sub/chat/room/{ROOM.upper()}") == stomp.RoomTopic(ROOM)
    assert stomp.subscribe_destination("/sub/user/min") == stomp.UserTopic("min")
    assert stomp.send_destination(f"/pub/chat/room/{ROOM}") == ROOM
    assert stomp.room_destination(ROOM) == f"/sub/chat/room/{ROOM}"
    assert stomp.user_destination("min") == "/sub/user/min"


@pytest.mark.parametrize(
    "text", ["", "/", "/sub/user/", "/sub/chat/room/", "/sub/chat/room/x", f"/pub/chat/room/{ROOM}"]
)
def test_other_destinations_cannot_be_subscribed(text: str) -> None:
    with pytest.raises(UserError):
        stomp.subscribe_destination(text)


@pytest.mark.parametrize("text", ["", f"/sub/chat/room/{ROOM}", f"/pub/chat/room/{ROOM}/", "/pub"])
def test_other_destinations_cannot_be_sent_to(text: str) -> None:
    with pytest.raises(UserError):
        stomp.send_destination(text)


@pytest.mark.parametrize("text", ["x" * 129, "a\nb", "a\x00b"])
def test_a_subscription_id_is_short_and_printable(text: str) -> None:
    with pytest.raises(stomp.ProtocolError):
        stomp.check_subscription_id(text)
    assert stomp.check_subscription_id("구독:0") == "구독:0"


def test_only_automatic_acknowledgement_is_offered() -> None:
    stomp.check_ack_mode(None)
    stomp.check_ack_mode("auto")
    with pytest.raises(stomp.ProtocolError):
        stomp.check_ack_mode("client-individual")


def test_a_required_header_must_have_a_value() -> None:
    assert stomp.required({"id": "s"}, "id") == "s"
    for headers in ({}, {"id": ""}):
        with pytest.raises(stomp.ProtocolError, match="id"):
            stomp.required(headers, "id")
