"""SUBSCRIBE and UNSUBSCRIBE."""

from __future__ import annotations

from chatstream.domain.stomp import (
    ProtocolError,
    RoomTopic,
    check_ack_mode,
    check_subscription_id,
    parse_after,
    parse_rev,
    required,
    subscribe_destination,
)
from chatstream.errors import ErrorCode, UserError
from web.live.audience import RoomSubscription, UserSubscription
from web.live.frames import subscription_header
from web.stomp.codec import ClientFrame
from web.stomp.connection import Connection, connected_caller


async def subscribe(connection: Connection, frame: ClientFrame) -> None:
    """Begin a subscription; its RECEIPT comes when what was missing is sent."""
    headers = frame.headers
    subscription_id = check_subscription_id(required(headers, "id"))
    destination = subscribe_destination(required(headers, "destination"))
    check_ack_mode(headers.get("ack"))
    since = (parse_after(headers.get("after")), parse_rev(headers.get("rev")))
    caller = connected_caller(connection)
    if subscription_id in connection.subscriptions:
        raise ProtocolError("this subscription id is in use")
    if len(connection.subscriptions) >= connection.ports.limits.subscriptions_per_socket:
        raise UserError(ErrorCode.RATE_LIMITED, "too many subscriptions on this connection")
    header = subscription_header(subscription_id)
    account = (caller.account_id, caller.user_id)
    receipt_id = headers.get("receipt")
    if isinstance(destination, RoomTopic):
        room_subscription = RoomSubscription(connection, account, subscription_id, header)
        connection.subscriptions[subscription_id] = room_subscription
        work = _subscribe_room(
            connection, room_subscription, destination.room_id, since, receipt_id
        )
    else:
        if destination.user_id != caller.user_id:
            raise UserError(ErrorCode.ACCESS_DENIED, "only the own account can be subscribed to")
        of_user = UserSubscription(connection, account, header)
        connection.subscriptions[subscription_id] = of_user
        work = _subscribe_user(connection, of_user, subscription_id, receipt_id)
    await connection.start(work, receipt_id)


async def _subscribe_room(
    connection: Connection,
    subscription: RoomSubscription,
    room_id: str,
    since: tuple[int | None, int | None],
    receipt_id: str | None,
) -> None:
    hub, held = connection.ports.hub, connection.subscriptions
    subscription_id = subscription.subscription_id
    if held.get(subscription_id) is not subscription:
        return
    connection.entering()
    try:
        room = await hub.subscribe(room_id, subscription, *since)
    except UserError:
        if held.get(subscription_id) is subscription or not subscription.closed:
            raise
        return
    finally:
        connection.entered()
    if held.get(subscription_id) is subscription:
        held[subscription_id] = (room, subscription)
        connection.done(receipt_id)
    else:
        hub.unsubscribe(room, subscription)


async def _subscribe_user(
    connection: Connection,
    subscription: UserSubscription,
    subscription_id: str,
    receipt_id: str | None,
) -> None:
    if connection.subscriptions.get(subscription_id) is subscription:
        connection.entering()
        try:
            await connection.ports.hub.accounts.subscribe(subscription)
        finally:
            connection.entered()
        connection.done(receipt_id)


def unsubscribe(connection: Connection, frame: ClientFrame) -> None:
    """End a subscription; one that the server has ended already is no error."""
    headers = frame.headers
    subscribed = connection.subscriptions.pop(required(headers, "id"), None)
    if subscribed is not None:
        connection.ports.hub.drop(subscribed)
    connection.done(headers.get("receipt"))
