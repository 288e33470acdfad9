"""Who is in a room over HTTP: /chat/{roomId}/participants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web
from pydantic import Field

from chatstream.errors import ErrorCode
from chatstream.ports.rooms import RoomReader
from chatstream.ports.wishes import WishSender
from schemas import records
from web.edge.bodies import Shape, answer, read_body, read_query
from web.edge.middleware import caller_of
from web.edge.openapi import operation
from web.room_wishes import ask, check_handles, new_wish, room_id_of
from web.rooms import Handle
from web.shapes import ParticipantsView, participants_view

PATH = "/chat/{roomId}/participants"


class InviteBody(Shape):
    """The body of POST /chat/{roomId}/participants."""

    user_id: Handle


class PageQuery(Shape):
    """The query of a list of members."""

    cursor: str | None = None
    limit: int = Field(100, ge=1, le=200)


class Memberships(Shape):
    """How many members the room has now."""

    member_count: int


@dataclass(frozen=True)
class ParticipantPorts:
    """What the views of this module need."""

    wishes: WishSender
    rooms: RoomReader


class ParticipantViews:
    """The handlers."""

    def __init__(self, ports: ParticipantPorts) -> None:
        self._ports = ports

    @operation(
        "The members of a room",
        query=PageQuery,
        answers={200: ParticipantsView},
        errors=(ErrorCode.ROOM_NOT_FOUND, ErrorCode.NOT_A_MEMBER),
    )
    async def page(self, request: web.Request) -> web.Response:
        """Members of the caller's room, longest first."""
        caller, query = caller_of(request), read_query(request, PageQuery)
        found = await self._ports.rooms.participants(
            room_id_of(request), caller.account_id, query.cursor, query.limit
        )
        return answer(participants_view(*found))

    @operation(
        "Invite a user",
        body=InviteBody,
        answers={201: Memberships},
        errors=(
            ErrorCode.NOT_A_MEMBER,
            ErrorCode.ROOM_NOT_FOUND,
            ErrorCode.USER_NOT_FOUND,
            ErrorCode.ACCESS_DENIED,
            ErrorCode.BLOCKED,
            ErrorCode.BUSY,
        ),
    )
    async def invite(self, request: web.Request) -> web.Response:
        """Make another user a member; inviting a member again changes nothing."""
        caller, room_id = caller_of(request), room_id_of(request)
        body = await read_body(request, InviteBody)
        check_handles("userId", body.user_id)
        wish = records.InviteMember(**new_wish(caller, room_id), invitee_user_id=body.user_id)
        outcome: Any = await ask(self._ports.wishes, wish)
        return answer(Memberships(member_count=outcome.member_count), status=201)

    @operation(
        "Leave, or remove a member",
        answers={204: None},
        errors=(
            ErrorCode.NOT_A_MEMBER,
            ErrorCode.ROOM_NOT_FOUND,
            ErrorCode.USER_NOT_FOUND,
            ErrorCode.ACCESS_DENIED,
            ErrorCode.BUSY,
        ),
    )
    async def remove(self, request: web.Request) -> web.Response:
        """Oneself leaves; the owner removes others. The last one to leave deletes the room."""
        caller, room_id = caller_of(request), room_id_of(request)
        member = request.match_info["userId"]
        check_handles("userId", member)
        wish = records.RemoveMember(**new_wish(caller, room_id), member_user_id=member)
        await ask(self._ports.wishes, wish)
        return web.Response(status=204)


def register(web_app: web.Application, ports: ParticipantPorts) -> None:
    """Add the routes."""
    views = ParticipantViews(ports)
    web_app.router.add_get(PATH, views.page)
    web_app.router.add_post(PATH, views.invite)
    web_app.router.add_delete(PATH + "/{userId}", views.remove)
