"""SEND: a message to a room, or a signal."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextvars import copy_context

import msgspec
from pydantic import Field

from chatstream.domain.messages import check_mentions, check_message, check_uuid
from chatstream.domain.rates import cost_of
from chatstream.domain.stomp import ProtocolError, required, send_destination, signal_destination
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.logins import Caller
from schemas.contexts.messages import MESSAGE
from schemas.records import MessageRefused, MessageStored, SendMessage
from web.edge.bodies import Shape, bad_body, check_once
from web.live.messages import Refused
from web.mutes import refusal_of
from web.stomp import close_codes, measuring, signals
from web.stomp.codec import ClientFrame
from web.stomp.connection import Connection, connected_caller
from web.wish_metrics import NOT_PRODUCED

log = logging.getLogger(__name__)

_POLL = 0.05


class SendBody(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The body of a SEND to a room."""

    message_id: str
    message: str
    reply_to: str | None = None
    mentions: tuple[str, ...] = ()


class SendShape(Shape):
    """As above, for what is told of a body that is none."""

    message_id: str
    message: str
    reply_to: str | None = None
    mentions: list[str] = Field(default_factory=list)


class NamedBody(msgspec.Struct, frozen=True, rename="camel"):
    """What is read of the body of a SEND that was refused."""

    message_id: str | None = None


_send_body = msgspec.json.Decoder(SendBody)
_named_body = msgspec.json.Decoder(NamedBody)
_NO_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


async def send(connection: Connection, frame: ClientFrame) -> None:
    """Begin to store a message or a signal; reading stops while its partition is congested."""
    if "transaction" in frame.headers:
        raise ProtocolError("there are no transactions here")
    destination = required(frame.headers, "destination")
    caller = connected_caller(connection)
    signal = signal_destination(destination)
    if signal is not None:
        await signals.send(connection, caller, signal, frame)
    else:
        await _say(connection, caller, send_destination(destination), frame)


async def _say(connection: Connection, caller: Caller, room_id: str, frame: ClientFrame) -> None:
    ports = connection.ports
    try:
        body = parse_body(frame.body)
        paid = (caller.account_id, (room_id, body.message_id), cost_of(body.message))
        ports.rates.charge(*paid)
    except UserError as error:
        NOT_PRODUCED.labels(MESSAGE.request.name, error.code).inc()
        _refuse(connection, caller, _message_id(frame.body), error)
        return
    wish = _wish(caller, room_id, body)
    if ports.muting.knows_of(caller.account_id, room_id):
        with ports.rates.kept(*paid):
            refusal = await ports.muting.refusal(caller.account_id, room_id, body.message_id)
        if refusal is not None:
            NOT_PRODUCED.labels(MESSAGE.request.name, refusal.code).inc()
            _refuse(connection, caller, body.message_id, refusal)
            return
    ports.typing.said(room_id, caller.account_id)
    if ports.wishes.congested(room_id):
        await connection.hold(_uncongested(connection, room_id))
    if connection.ended:
        measuring.ended_with(measuring.GONE)
        return
    _Saying(connection, caller, wish, frame.headers.get("receipt")).begin()
    await connection.has_room()


def _wish(caller: Caller, room_id: str, body: SendBody) -> SendMessage:
    return SendMessage(
        room_id=room_id,
        account_id=caller.account_id,
        user_id=caller.user_id,
        user_name=caller.name,
        message_id=body.message_id,
        message=body.message,
        requested_at=now_text(),
        reply_to=body.reply_to,
    )


def parse_body(body: bytes) -> SendBody:
    """The body of a SEND to a room; INVALID_INPUT when it is none."""
    try:
        parsed = _send_body.decode(body)
    except _NO_JSON as error:
        raise bad_body(body, SendShape) from error
    check_once(body)
    message_id = check_uuid("messageId", parsed.message_id)
    return SendBody(
        message_id=message_id,
        message=check_message(parsed.message),
        reply_to=check_uuid("replyTo", parsed.reply_to) if parsed.reply_to is not None else None,
        mentions=check_mentions(parsed.mentions),
    )


def _message_id(body: bytes) -> str | None:
    """The id of a body that was refused, as far as it can be told."""
    try:
        return _named_body.decode(body).message_id
    except _NO_JSON:
        return None


async def _uncongested(connection: Connection, room_id: str) -> None:
    while connection.ports.wishes.congested(room_id) and not connection.ended:  # noqa: ASYNC110
        await asyncio.sleep(_POLL)


class _Saying:
    """A message on its way to its outcome: nothing runs meanwhile.

    The outcome is answered in the context of its SEND, for its trace and its measure.
    """

    __slots__ = ("_caller", "_connection", "_context", "_leave", "_receipt_id", "_wish")

    def __init__(
        self, connection: Connection, caller: Caller, wish: SendMessage, receipt_id: str | None
    ) -> None:
        self._connection = connection
        self._caller = caller
        self._wish = wish
        self._receipt_id = receipt_id
        self._context = copy_context()
        self._leave: Callable[[], object] | None = None

    def begin(self) -> None:
        """Produce the wish; what cannot be produced is refused at once."""
        wishes = self._connection.ports.wishes
        try:
            self._leave = wishes.begin(MESSAGE.request.name, self._wish, self._ended)
        except UserError as error:
            self._answer(error)
        else:
            measuring.goes_on()
            self._connection.began(self)

    def cancel(self) -> None:
        """The connection is over."""
        if self._leave is not None:
            self._leave()
        self._connection.is_over(self)
        self._context.run(_gone)

    def _ended(self, outcome: object) -> None:
        self._connection.is_over(self)
        self._context.run(self._finish, outcome)

    def _finish(self, outcome: object) -> None:
        try:
            self._answer(outcome)
        except Exception:
            measuring.ended_with(ErrorCode.INTERNAL)
            log.exception("a message could not be answered")
            self._connection.close(close_codes.INTERNAL, "internal error")
        finally:
            measuring.end()

    def _answer(self, outcome: object) -> None:
        connection, wish, who = self._connection, self._wish, self._caller
        if isinstance(outcome, MessageStored):
            connection.done(self._receipt_id)
        elif isinstance(outcome, MessageRefused):
            _refuse(connection, who, outcome.message_id, refusal_of(outcome))
        elif isinstance(outcome, UserError):
            paid = (who.account_id, (wish.room_id, wish.message_id), cost_of(wish.message))
            connection.ports.rates.unanswered(*paid)
            _refuse(connection, who, wish.message_id, outcome)


def _gone() -> None:
    measuring.ended_with(measuring.GONE)
    measuring.end()


def _refuse(
    connection: Connection, caller: Caller, message_id: str | None, error: UserError
) -> None:
    measuring.ended_with(error.code)
    until, cause = error.details.get("until"), error.details.get("cause")
    body = Refused(
        message_id=message_id,
        code=str(error.code),
        reason=error.reason,
        until=until if isinstance(until, str) else None,
        cause=cause if isinstance(cause, str) else None,
    )
    connection.ports.hub.accounts.tell(caller.account_id, body)
