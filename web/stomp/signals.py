"""SENDs that say nothing in a room: how far one has read, and that one is typing."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

import msgspec

from chatstream.domain.reading import check_seq
from chatstream.domain.stomp import Signal
from chatstream.errors import UserError
from chatstream.ports.logins import Caller
from web.edge.bodies import Shape, bad_body, check_once
from web.live.messages import Refused
from web.stomp import measuring
from web.stomp.codec import ClientFrame
from web.stomp.connection import Connection


class ReadSignal(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The body of a SEND that says how far the room was read."""

    seq: int


class ReadShape(Shape):
    """As above, for what is told of a body that is none."""

    seq: int


_read_signal = msgspec.json.Decoder(ReadSignal)


async def send(connection: Connection, caller: Caller, signal: Signal, frame: ClientFrame) -> None:
    """Carry out a signal beside the reader; a refusal is told on `/sub/user`, no RECEIPT then."""
    if signal.kind == "read":
        work = _read(connection, caller, signal.room_id, frame.body)
    else:
        work = connection.ports.typing.tell(signal.room_id, caller)
    await connection.start(_finish(connection, caller, work, frame.headers.get("receipt")), None)


async def _read(connection: Connection, caller: Caller, room_id: str, body: bytes) -> None:
    await connection.ports.reads.move(room_id, caller.account_id, parse_seq(body))


async def _finish(
    connection: Connection, caller: Caller, work: Coroutine[Any, Any, None], receipt_id: str | None
) -> None:
    try:
        await work
    except UserError as error:
        measuring.ended_with(error.code)
        refused = Refused(message_id=None, code=str(error.code), reason=error.reason)
        connection.ports.hub.accounts.tell(caller.account_id, refused)
    else:
        connection.done(receipt_id)


def parse_seq(body: bytes) -> int:
    """The seq that a SEND says was read; INVALID_INPUT when it says none."""
    try:
        seq = _read_signal.decode(body).seq
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise bad_body(body, ReadShape) from error
    check_once(body)
    return check_seq(seq)
