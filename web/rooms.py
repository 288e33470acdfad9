"""Rooms and messages over HTTP: /chat and below. Every change is a wish answered by its outcome."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from aiohttp import hdrs, web
from pydantic import Field
from uuid_utils.compat import uuid7

from chatstream.domain.messages import MENTIONS, check_mentions, check_message, check_uuid
from chatstream.domain.rates import cost_of
from chatstream.domain.rooms import PARTICIPANTS_AT_ONCE, check_room_name, direct_room_id
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode, UserError, invalid
from chatstream.ports.logins import Caller
from chatstream.ports.rooms import RoomReader
from chatstream.ports.wishes import WishSender
from schemas import records
from schemas.contexts.messages import MESSAGE
from tables.followed.mutes import Mutes
from web.edge.bodies import Shape, answer, read_body, read_query
from web.edge.middleware import EDGE, caller_of
from web.edge.openapi import operation
from web.edge.rates import MessageRates
from web.history import LATEST
from web.history import register as register_history
from web.mutes import Muting
from web.room_settings import settings_in, with_settings
from web.room_wishes import ask, check_handles, new_wish, nobody, refusal, room_id_of
from web.shapes import (
    EnteredRoom,
    MessageView,
    RoomsView,
    RoomView,
    created_room,
    entered_room,
    message_view,
    room_view,
    rooms_view,
)

JOIN_HEADER = "X-ChatStream-Join"

Handle = Annotated[str, Field(min_length=1, max_length=40)]


class RoomBody(Shape):
    """The body of POST /chat."""

    kind: Literal["open", "group", "direct"]
    name: str | None = Field(
        None, description="1 to 60 characters; an open room needs one, a direct one has none"
    )
    participants: list[Handle] = Field(
        default_factory=list,
        max_length=PARTICIPANTS_AT_ONCE,
        description="userIds; a direct room has one: the other user",
    )


class MessageBody(Shape):
    """The body of POST /chat/{roomId}; the same `messageId` may be sent again, safely."""

    message: str = Field(description="1 to 4,000 characters")
    message_id: str | None = Field(None, description="a UUID; made here when left out")
    reply_to: str | None = Field(None, description="the messageId of a message of this room")
    mentions: list[str] = Field(
        default_factory=list,
        max_length=MENTIONS,
        description="userIds; the text says who is named, what it does not name is left out",
    )


@with_settings
class ChangeBody(Shape):
    """The body of PATCH /chat/{roomId}: at least one of them."""

    name: str | None = Field(None, description="up to 60 characters; a group may have none")
    owner_id: Handle | None = Field(None, description="the userId of a member")


class ListQuery(Shape):
    """The query of a room list."""

    q: str = Field(
        "",
        max_length=60,
        description="only rooms with this in their name; of one's own rooms also those without a "
        "name whose members' names have it, however it is written, and by initial consonants",
    )
    cursor: str | None = None
    limit: int = Field(50, ge=1, le=100)


@dataclass(frozen=True)
class RoomPorts:
    """What the views of this module need."""

    wishes: WishSender
    rooms: RoomReader
    rates: MessageRates
    mutes: Mutes = field(default_factory=Mutes)

    @property
    def muting(self) -> Muting:
        """Who may not write."""
        return Muting(self.mutes, self.rooms)


class RoomViews:
    """The handlers."""

    def __init__(self, ports: RoomPorts, endpoint: str) -> None:
        self._ports = ports
        self._endpoint = endpoint

    @operation(
        "Make a room",
        body=RoomBody,
        answers={201: RoomView, 200: RoomView},
        errors=(ErrorCode.USER_NOT_FOUND, ErrorCode.BLOCKED, ErrorCode.BUSY),
    )
    async def create(self, request: web.Request) -> web.Response:
        """Make a room with its first members; 200 with the direct room that is there already.

        Who had left that direct room is a member of it again.
        """
        caller = caller_of(request)
        body = await read_body(request, RoomBody)
        check_handles("participants", *body.participants)
        is_direct = body.kind == "direct"
        room_id = await self._direct_room_id(caller, body) if is_direct else str(uuid7())
        wish = records.CreateRoom(
            **new_wish(caller, room_id),
            kind=body.kind,
            name=check_room_name(body.name, required=body.kind == "open"),
            participants=tuple(dict.fromkeys(body.participants)),
        )
        fact = await ask(self._ports.wishes, wish)
        if isinstance(fact, records.RoomCreated):
            return answer(created_room(fact), status=201)
        return answer(room_view(await self._ports.rooms.member_room(room_id, caller.account_id)))

    async def _direct_room_id(self, caller: Caller, body: RoomBody) -> str:
        if body.name is not None:
            raise invalid("name", "must be left out for a direct room")
        if len(set(body.participants)) != 1:
            raise invalid("participants", "must name the other user, and nobody else")
        if caller.user_id in body.participants:
            raise invalid("participants", "must name another user")
        try:
            other = await self._ports.rooms.person(body.participants[0])
        except UserError as error:
            if error.code is not ErrorCode.USER_NOT_FOUND:
                raise
            raise nobody("participants", body.participants[:1]) from None
        return direct_room_id(caller.account_id, other.account_id)

    @operation("My rooms, latest first", query=ListQuery, answers={200: RoomsView})
    async def mine(self, request: web.Request) -> web.Response:
        """The caller's rooms; with `q` those it finds by name, among all of them."""
        caller, query = caller_of(request), read_query(request, ListQuery)
        found = await self._ports.rooms.rooms_of(
            caller.account_id, query.cursor, query.limit, query.q
        )
        return answer(rooms_view(*found))

    @operation("The directory of open rooms", query=ListQuery, answers={200: RoomsView})
    async def open(self, request: web.Request) -> web.Response:
        """Open rooms by name."""
        caller_of(request)
        query = read_query(request, ListQuery)
        return answer(
            rooms_view(*await self._ports.rooms.open_rooms(query.q, query.cursor, query.limit))
        )

    @operation(
        "Enter a room",
        answers={200: EnteredRoom},
        errors=(
            ErrorCode.ROOM_NOT_FOUND,
            ErrorCode.NOT_A_MEMBER,
            ErrorCode.JOIN_REQUIRED,
            ErrorCode.BUSY,
        ),
    )
    async def enter(self, request: web.Request) -> web.Response:
        """Enter; an open room is joined on the first entry, except by HEAD."""
        caller, room_id = caller_of(request), room_id_of(request)
        if request.method == hdrs.METH_HEAD or not _may_join(request, caller):
            await self._check_entered(room_id, caller)
        else:
            await ask(self._ports.wishes, records.EnterRoom(**new_wish(caller, room_id)))
        rooms = self._ports.rooms
        listing = await rooms.member_room(room_id, caller.account_id)
        latest = await rooms.history(
            room_id, caller.account_id, before=None, after=None, limit=LATEST
        )
        return answer(entered_room(listing, latest, self._endpoint))

    async def _check_entered(self, room_id: str, caller: Caller) -> None:
        try:
            await self._ports.rooms.member_room(room_id, caller.account_id)
        except UserError as error:
            if error.code is not ErrorCode.NOT_A_MEMBER:
                raise
            room = await self._ports.rooms.room(room_id)
            if room.kind == "open":
                raise UserError(ErrorCode.JOIN_REQUIRED, "not joined yet") from None
            raise

    @operation(
        "Say something",
        body=MessageBody,
        answers={201: MessageView, 200: MessageView},
        errors=(
            ErrorCode.INVALID_INPUT,
            ErrorCode.NOT_A_MEMBER,
            ErrorCode.ROOM_NOT_FOUND,
            ErrorCode.MESSAGE_ID_REUSED,
            ErrorCode.MESSAGE_REFUSED,
            ErrorCode.RATE_LIMITED,
            ErrorCode.BUSY,
            ErrorCode.STORE_UNAVAILABLE,
        ),
    )
    async def say(self, request: web.Request) -> web.Response:
        """201 when stored; safe to repeat with the same id.

        200 when this id was stored before: the message as it is now, edited or deleted since.
        """
        caller, room_id = caller_of(request), room_id_of(request)
        body = await read_body(request, MessageBody)
        message = check_message(body.message)
        check_mentions(body.mentions)
        message_id = check_uuid("messageId", body.message_id) if body.message_id else str(uuid7())
        wish = records.SendMessage(
            room_id=room_id,
            account_id=caller.account_id,
            user_id=caller.user_id,
            user_name=caller.name,
            message_id=message_id,
            message=message,
            requested_at=now_text(),
            reply_to=check_uuid("replyTo", body.reply_to) if body.reply_to else None,
        )
        with self._ports.rates.charged(caller.account_id, (room_id, message_id), cost_of(message)):
            outcome = await self._said(wish)
        if not isinstance(outcome, records.MessageStored):
            raise refusal(outcome)
        if not outcome.repeated:
            return answer(message_view(outcome), status=201)
        return answer(await present(self._ports.rooms, room_id, outcome.seq))

    async def _said(self, wish: records.SendMessage) -> object:
        """The outcome; raises the refusal of who is muted, before anything is produced."""
        muted = await self._ports.muting.refusal(wish.account_id, wish.room_id, wish.message_id)
        if muted is not None:
            raise muted
        return await self._ports.wishes.ask(MESSAGE.request.name, wish)

    @operation(
        "Change a room: its name, settings, owner",
        body=ChangeBody,
        answers={200: RoomView},
        errors=(
            ErrorCode.NOT_A_MEMBER,
            ErrorCode.ACCESS_DENIED,
            ErrorCode.ROOM_NOT_FOUND,
            ErrorCode.USER_NOT_FOUND,
            ErrorCode.BUSY,
        ),
    )
    async def change(self, request: web.Request) -> web.Response:
        """The owner gives the room another name or settings, or to another member."""
        caller, room_id = caller_of(request), room_id_of(request)
        body = await read_body(request, ChangeBody)
        settings = settings_in(body)
        if body.name is None and body.owner_id is None and not settings:
            raise invalid("body", "must have something to change")
        if body.owner_id is not None:
            check_handles("ownerId", body.owner_id)
        name = None if body.name is None else check_room_name(body.name, required=False)
        wish = records.ChangeRoom(
            **new_wish(caller, room_id),
            name=name,
            owner_user_id=body.owner_id,
            settings=settings,
        )
        await ask(self._ports.wishes, wish)
        return answer(room_view(await self._ports.rooms.member_room(room_id, caller.account_id)))

    @operation(
        "Delete a room",
        answers={204: None},
        errors=(
            ErrorCode.NOT_A_MEMBER,
            ErrorCode.ACCESS_DENIED,
            ErrorCode.ROOM_NOT_FOUND,
            ErrorCode.BUSY,
        ),
    )
    async def delete(self, request: web.Request) -> web.Response:
        """The owner deletes the room, for everybody."""
        wish = records.DeleteRoom(**new_wish(caller_of(request), room_id_of(request)))
        await ask(self._ports.wishes, wish)
        return web.Response(status=204)


async def present(rooms: RoomReader, room_id: str, seq: int) -> MessageView:
    """A stored message as it is now; ROOM_NOT_FOUND when its room has gone meanwhile."""
    found = await rooms.shown([(room_id, seq)])
    if (room_id, seq) not in found:
        raise UserError(ErrorCode.ROOM_NOT_FOUND, "the room has been deleted meanwhile")
    return message_view(found[room_id, seq])


def _may_join(request: web.Request, caller: Caller) -> bool:
    """Another site can make a browser send our cookie with a GET, but not our header."""
    if not caller.by_cookie:
        return True
    origin_fits = "Origin" not in request.headers or request.app[EDGE].origins.same(request)
    return JOIN_HEADER in request.headers and origin_fits


def register(web_app: web.Application, ports: RoomPorts, endpoint: str) -> None:
    """Add the routes; `endpoint` is the public WebSocket address."""
    views = RoomViews(ports, endpoint)
    router = web_app.router
    router.add_post("/chat", views.create)
    router.add_get("/chat", views.mine)
    router.add_get("/chat/open", views.open)
    router.add_get("/chat/{roomId}", views.enter)
    router.add_post("/chat/{roomId}", views.say)
    register_history(web_app, ports.rooms)
    router.add_patch("/chat/{roomId}", views.change)
    router.add_delete("/chat/{roomId}", views.delete)
