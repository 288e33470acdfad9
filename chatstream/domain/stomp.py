"""The rules of STOMP 1.1 and 1.2 that a server decides: versions, heart-beats, destinations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from chatstream.domain.messages import check_uuid
from chatstream.errors import ChatStreamError, ErrorCode, UserError

VERSIONS = ("1.2", "1.1")
# By the version that a socket with this subprotocol speaks, the highest first.
SUBPROTOCOLS = {"v12.stomp": "1.2", "v11.stomp": "1.1"}
CLIENT_COMMANDS = frozenset(
    {
        "CONNECT",
        "STOMP",
        "SEND",
        "SUBSCRIBE",
        "UNSUBSCRIBE",
        "ACK",
        "NACK",
        "BEGIN",
        "COMMIT",
        "ABORT",
        "DISCONNECT",
    }
)
SUBSCRIPTION_ID_LENGTH = 128
HEARTBEAT_TOLERANCE = 2.0

_ROOM = "/sub/chat/room/"
_USER = "/sub/user/"
_PUBLISH = "/pub/chat/room/"
SIGNALS = ("read", "typing")
_BEATS = re.compile(r"\s*([0-9]{1,9})\s*,\s*([0-9]{1,9})\s*", re.ASCII)
_SEQ = re.compile(r"[0-9]{1,18}", re.ASCII)


class ProtocolError(ChatStreamError):
    """The peer broke STOMP: it gets an ERROR frame with this text, and the connection ends."""

    def __init__(self, text: str, *, too_large: bool = False) -> None:
        super().__init__(text)
        self.text = text
        self.too_large = too_large


@dataclass(frozen=True, slots=True)
class Beats:
    """Heart-beats in seconds, 0 for none: how often we send, how often the peer must."""

    send: float
    expect: float

    @property
    def patience(self) -> float:
        """Seconds of silence after which the peer counts as gone; 0: never."""
        return self.expect * HEARTBEAT_TOLERANCE


@dataclass(frozen=True, slots=True)
class RoomTopic:
    """The destination of a room's messages."""

    room_id: str


@dataclass(frozen=True, slots=True)
class UserTopic:
    """The destination of what concerns one account; `user_id` is its handle."""

    user_id: str


@dataclass(frozen=True, slots=True)
class Signal:
    """The destination of a SEND that says nothing in the room: `kind` is one of `SIGNALS`."""

    room_id: str
    kind: str


def room_destination(room_id: str) -> str:
    """The destination that a room's MESSAGE frames name."""
    return _ROOM + room_id


def user_destination(user_id: str) -> str:
    """The destination that an account's MESSAGE frames name."""
    return _USER + user_id


def negotiate_subprotocol(offered: str | None) -> str | None:
    """The highest of the subprotocols that both sides know; None when none is common.

    `offered` is the header Sec-WebSocket-Protocol: names of any order, as RFC 6455 (4.2.2) leaves
    the choice to the server.
    """
    names = {name.strip() for name in (offered or "").split(",")}
    return next((each for each in SUBPROTOCOLS if each in names), None)


def negotiate_version(accepted: str | None, subprotocol: str | None = None) -> str:
    """The highest version both sides speak; without `accept-version` the peer speaks 1.0 only.

    A socket that agreed on a subprotocol speaks the version of that name, and no other.
    """
    offered = {part.strip() for part in (accepted or "1.0").split(",")}
    spoken = VERSIONS if subprotocol is None else (SUBPROTOCOLS[subprotocol],)
    for version in spoken:
        if version in offered:
            return version
    raise ProtocolError(f"supported versions are {','.join(reversed(spoken))}")


def negotiate_beats(header: str | None, ours: float) -> Beats:
    """What both sides agreed to: each direction by the slower wish, none when one cannot.

    `header` is the peer's "can send, wants" in milliseconds; we can and want every `ours` seconds.
    """
    if header is None:
        return Beats(0.0, 0.0)
    match = _BEATS.fullmatch(header)
    if match is None:
        raise ProtocolError("heart-beat must be two numbers of milliseconds")
    can_send, wants = (int(number) / 1000 for number in match.groups())
    return Beats(
        send=max(ours, wants) if wants and ours else 0.0,
        expect=max(ours, can_send) if can_send and ours else 0.0,
    )


def required(headers: Mapping[str, str], name: str) -> str:
    """A header that the command needs; ProtocolError when it is missing or empty."""
    value = headers.get(name)
    if not value:
        raise ProtocolError(f"the {name} header is missing")
    return value


def check_subscription_id(text: str) -> str:
    """The id, when it is short and has no control characters."""
    if len(text) > SUBSCRIPTION_ID_LENGTH or not text.isprintable():
        raise ProtocolError(f"id must be at most {SUBSCRIPTION_ID_LENGTH} printable characters")
    return text


def check_ack_mode(mode: str | None) -> None:
    """Only `auto`: what a client has seen it tells by `after` when it comes back."""
    if mode not in (None, "auto"):
        raise ProtocolError("the only ack mode is auto")


def parse_after(text: str | None) -> int | None:
    """The last seq a subscriber has, None when it wants only what is new."""
    return _number("after", text)


def parse_rev(text: str | None) -> int | None:
    """The last rev a subscriber has, None when it does not ask for what changed since."""
    return _number("rev", text)


def _number(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    if _SEQ.fullmatch(text) is None:
        raise ProtocolError(f"{name} must be a number from 0 on")
    return int(text)


def subscribe_destination(text: str) -> RoomTopic | UserTopic:
    """What a SUBSCRIBE names; NOT_FOUND when there is no such destination."""
    if text.startswith(_ROOM):
        return RoomTopic(check_uuid("destination", text[len(_ROOM) :]))
    if text.startswith(_USER) and len(text) > len(_USER):
        return UserTopic(text[len(_USER) :])
    raise UserError(ErrorCode.NOT_FOUND, "there is no such destination to subscribe to")


def send_destination(text: str) -> str:
    """The room id that a SEND names; NOT_FOUND when there is no such destination."""
    if text.startswith(_PUBLISH):
        return check_uuid("destination", text[len(_PUBLISH) :])
    raise UserError(ErrorCode.NOT_FOUND, "there is no such destination to send to")


def destination_template(text: str | None) -> str:
    """The form of a destination, without whose it is: for what is told of many; `` for none.

    `other` for what nobody can send or subscribe to.
    """
    if not text:
        return ""
    if text.startswith(_ROOM):
        return f"{_ROOM}{{roomId}}"
    if text.startswith(_USER):
        return f"{_USER}{{userId}}"
    if not text.startswith(_PUBLISH):
        return "other"
    kind = text.rpartition("/")[2]
    return f"{_PUBLISH}{{roomId}}" + (f"/{kind}" if kind in SIGNALS else "")


def signal_destination(text: str) -> Signal | None:
    """What a SEND signals, None when it names no signal (`send_destination` then judges it)."""
    path, _, kind = text.rpartition("/")
    if kind not in SIGNALS or not path.startswith(_PUBLISH):
        return None
    return Signal(check_uuid("destination", path[len(_PUBLISH) :]), kind)
