"""What each STOMP command of a connected client does."""

from __future__ import annotations

from chatstream.domain.stomp import ProtocolError
from chatstream.domain.tracing import TRACEPARENT
from chatstream.errors import ErrorCode, UserError
from infra.spans import receiving
from web.stomp import close_codes
from web.stomp.codec import ClientFrame
from web.stomp.connection import Connection
from web.stomp.sending import send
from web.stomp.subscribing import subscribe, unsubscribe


async def handle(connection: Connection, frame: ClientFrame) -> None:
    """Carry out one frame; ProtocolError and UserError end the connection.

    A SEND goes on with the trace in its header `traceparent`; without a good one it begins one.
    """
    match frame.command:
        case "SEND":
            with receiving(frame.headers.get(TRACEPARENT), "SEND"):
                await send(connection, frame)
        case "SUBSCRIBE":
            await subscribe(connection, frame)
        case "UNSUBSCRIBE":
            unsubscribe(connection, frame)
        case "DISCONNECT":
            await disconnect(connection, frame)
        case command:
            raise ProtocolError(f"{command} cannot be used here")


async def disconnect(connection: Connection, frame: ClientFrame) -> None:
    """Finish what is under way, answer, close."""
    await connection.hold(connection.finish(connection.ports.limits.wish_timeout + 1))
    if connection.under_way:
        raise UserError(ErrorCode.STORE_UNAVAILABLE, "what came before could not be finished")
    connection.done(frame.headers.get("receipt"))
    connection.close(close_codes.NORMAL, "")
