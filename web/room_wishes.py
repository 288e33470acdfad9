"""Wishes about a room, as the views send them."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from uuid_utils.compat import uuid7

from chatstream.domain.accounts import is_handle
from chatstream.domain.messages import check_uuid
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.logins import Caller
from chatstream.ports.wishes import WishSender
from schemas import records
from schemas.contexts.rooms import ROOM
from web.mutes import refusal_of


def room_id_of(request: web.Request) -> str:
    """The room of the path; ROOM_NOT_FOUND when it can be no room's id."""
    try:
        return check_uuid("roomId", request.match_info["roomId"])
    except UserError:
        raise UserError(ErrorCode.ROOM_NOT_FOUND, "no room has such an id") from None


def check_handles(*user_ids: str) -> None:
    """USER_NOT_FOUND when one of them can be nobody's handle."""
    if not all(map(is_handle, user_ids)):
        raise UserError(ErrorCode.USER_NOT_FOUND, "no user has such a handle")


def new_wish(caller: Caller, room_id: str) -> dict[str, Any]:
    """The fields that every room wish has."""
    return {
        "request_id": str(uuid7()),
        "room_id": room_id,
        "account_id": caller.account_id,
        "user_id": caller.user_id,
        "user_name": caller.name,
        "requested_at": now_text(),
    }


async def ask(wishes: WishSender, wish: records.RoomWish) -> object:
    """The first record that answers the wish; its refusal is raised."""
    outcome = await wishes.ask(ROOM.request.name, wish)
    if isinstance(outcome, records.RoomRefused):
        raise refusal(outcome)
    return outcome


def refusal(outcome: object) -> Exception:
    """What a refusal of a message or room wish is raised as."""
    if isinstance(outcome, records.MessageRefused):
        return refusal_of(outcome)
    if isinstance(outcome, records.RoomRefused):
        return UserError(ErrorCode(outcome.code), outcome.reason)
    return TypeError(f"a wish was answered with {type(outcome).__name__}")
