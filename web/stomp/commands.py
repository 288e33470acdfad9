"""What each STOMP command of a connected client does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from chatstream.domain.messages import check_mentions, check_message, check_uuid
from chatstream.domain.rates import cost_of
from chatstream.domain.stomp import (
    ProtocolError,
    RoomTopic,
    check_ack_mode,
    check_subscription_id,
    parse_after,
    parse_rev,
    required,
    send_destination,
    signal_destination,
    subscribe_destination,
)
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.logins import Caller
from schemas import topics
from schemas.records import MessageRefused, MessageStored, SendMessage
from web.bodies import check_once
from web.live.audience import RoomSubscription, UserSubscription
from web.live.frames import subscription_header
from web.live.messages import Refused
from web.mutes import refusal_of
from web.stomp import signals
from web.stomp.codec import ClientFrame

if TYPE_CHECKING:
    from web.stomp.session import Session

_NORMAL = 1000
_POLL = 0.05


class SendBody(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The body of a SEND to a room."""

    message_id: str
    message: str
    reply_to: str | None = None
    mentions: tuple[str, ...] = ()


class NamedBody(msgspec.Struct, frozen=True, rename="camel"):
    """What is read of the body of a SEND that was refused."""

    message_id: str | None = None


_send_body = msgspec.json.Decoder(SendBody)
_named_body = msgspec.json.Decoder(NamedBody)
_NO_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


async def handle(session: Session, frame: ClientFrame) -> None:
    """Carry out one frame; ProtocolError and UserError end the connection."""
    match frame.command:
        case "SEND":
            await send(session, frame)
        case "SUBSCRIBE":
            await subscribe(session, frame)
        case "UNSUBSCRIBE":
            unsubscribe(session, frame)
        case "DISCONNECT":
            await disconnect(session, frame)
        case command:
            raise ProtocolError(f"{command} cannot be used here")


def connected_caller(session: Session) -> Caller:
    """The caller of a connected session."""
    if session.caller is None:
        raise ProtocolError("the first frame must be CONNECT or STOMP")
    return session.caller


# -- subscriptions ---------------------------------------------------------------------------


async def subscribe(session: Session, frame: ClientFrame) -> None:
    """Begin a subscription; its RECEIPT comes when what was missing is sent."""
    headers = frame.headers
    subscription_id = check_subscription_id(required(headers, "id"))
    destination = subscribe_destination(required(headers, "destination"))
    check_ack_mode(headers.get("ack"))
    since = (parse_after(headers.get("after")), parse_rev(headers.get("rev")))
    caller = connected_caller(session)
    if subscription_id in session.subscriptions:
        raise ProtocolError("this subscription id is in use")
    if len(session.subscriptions) >= session.deps.limits.subscriptions_per_socket:
        raise UserError(ErrorCode.RATE_LIMITED, "too many subscriptions on this connection")
    header = subscription_header(subscription_id)
    account = (caller.account_id, caller.user_id)
    receipt_id = headers.get("receipt")
    if isinstance(destination, RoomTopic):
        room_subscription = RoomSubscription(session, account, subscription_id, header)
        session.subscriptions[subscription_id] = room_subscription
        work = _subscribe_room(session, room_subscription, destination.room_id, since, receipt_id)
    else:
        if destination.user_id != caller.user_id:
            raise UserError(ErrorCode.ACCESS_DENIED, "only the own account can be subscribed to")
        user_subscription = UserSubscription(session, account, header)
        session.subscriptions[subscription_id] = user_subscription
        work = _subscribe_user(session, user_subscription, subscription_id, receipt_id)
    await session.start(work, receipt_id)


async def _subscribe_room(
    session: Session,
    subscription: RoomSubscription,
    room_id: str,
    since: tuple[int | None, int | None],
    receipt_id: str | None,
) -> None:
    hub, held = session.deps.hub, session.subscriptions
    subscription_id = subscription.subscription_id
    if held.get(subscription_id) is not subscription:
        return
    session.entering()
    try:
        room = await hub.subscribe(room_id, subscription, *since)
    except UserError:
        if held.get(subscription_id) is subscription or not subscription.closed:
            raise
        return
    finally:
        session.entered()
    if held.get(subscription_id) is subscription:
        held[subscription_id] = (room, subscription)
        session.done(receipt_id)
    else:
        hub.unsubscribe(room, subscription)


async def _subscribe_user(
    session: Session,
    subscription: UserSubscription,
    subscription_id: str,
    receipt_id: str | None,
) -> None:
    if session.subscriptions.get(subscription_id) is subscription:
        session.entering()
        try:
            await session.deps.hub.accounts.subscribe(subscription)
        finally:
            session.entered()
        session.done(receipt_id)


def unsubscribe(session: Session, frame: ClientFrame) -> None:
    """End a subscription; one that the server has ended already is no error."""
    headers = frame.headers
    subscribed = session.subscriptions.pop(required(headers, "id"), None)
    if subscribed is not None:
        session.deps.hub.drop(subscribed)
    session.done(headers.get("receipt"))


async def disconnect(session: Session, frame: ClientFrame) -> None:
    """Finish what is under way, answer, close."""
    await session.hold(session.finish(session.deps.limits.wish_timeout + 1))
    if session.tasks:
        raise UserError(ErrorCode.STORE_UNAVAILABLE, "what came before could not be finished")
    session.done(frame.headers.get("receipt"))
    session.close(_NORMAL, "")


# -- sending ---------------------------------------------------------------------------------


async def send(session: Session, frame: ClientFrame) -> None:
    """Begin to store a message or a signal; reading stops while its partition is congested."""
    headers = frame.headers
    if "transaction" in headers:
        raise ProtocolError("there are no transactions here")
    destination = required(headers, "destination")
    caller = connected_caller(session)
    signal = signal_destination(destination)
    if signal is not None:
        await signals.send(session, caller, signal, frame)
        return
    room_id = send_destination(destination)
    try:
        body = parse_body(frame.body)
        paid = (caller.account_id, (room_id, body.message_id), cost_of(body.message))
        session.deps.rates.charge(*paid)
    except UserError as error:
        _refuse(session, caller, _message_id(frame.body), error)
        return
    wish = SendMessage(
        room_id=room_id,
        account_id=caller.account_id,
        user_id=caller.user_id,
        user_name=caller.name,
        message_id=body.message_id,
        message=body.message,
        requested_at=now_text(),
        reply_to=body.reply_to,
        mentions=body.mentions,
    )
    with session.deps.rates.kept(*paid):
        refusal = await session.deps.muting.refusal(caller.account_id, room_id, body.message_id)
    if refusal is not None:
        _refuse(session, caller, body.message_id, refusal)
        return
    session.deps.typing.said(room_id, caller.account_id)
    if session.deps.wishes.congested(room_id):
        await session.hold(_uncongested(session, room_id))
    await session.start(_store(session, caller, wish, headers.get("receipt")), None)


def parse_body(body: bytes) -> SendBody:
    """The body of a SEND to a room; INVALID_INPUT when it is none."""
    try:
        parsed = _send_body.decode(body)
    except _NO_JSON as error:
        raise UserError(ErrorCode.INVALID_INPUT, str(error)) from error
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


async def _uncongested(session: Session, room_id: str) -> None:
    while session.deps.wishes.congested(room_id) and not session.ended:  # noqa: ASYNC110
        await asyncio.sleep(_POLL)


async def _store(
    session: Session, caller: Caller, wish: SendMessage, receipt_id: str | None
) -> None:
    while True:
        try:
            outcome = await session.deps.wishes.ask(topics.MESSAGE_REQUEST.name, wish.room_id, wish)
        except UserError as error:
            if error.code is ErrorCode.BUSY:
                await asyncio.sleep(_POLL)
                continue
            paid = (caller.account_id, (wish.room_id, wish.message_id), cost_of(wish.message))
            session.deps.rates.unanswered(*paid)
            _refuse(session, caller, wish.message_id, error)
            return
        break
    if isinstance(outcome, MessageStored):
        session.done(receipt_id)
    elif isinstance(outcome, MessageRefused):
        _refuse(session, caller, outcome.message_id, refusal_of(outcome))


def _refuse(session: Session, caller: Caller, message_id: str | None, error: UserError) -> None:
    until, cause = error.details.get("until"), error.details.get("cause")
    body = Refused(
        message_id=message_id,
        code=str(error.code),
        reason=error.reason,
        until=until if isinstance(until, str) else None,
        cause=cause if isinstance(cause, str) else None,
    )
    session.deps.hub.accounts.tell(caller.account_id, body)
