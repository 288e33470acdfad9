"""Wishes about a room, as the views send them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

# The field of the body that names people, by wish, and the refusals that are about them.
_PEOPLE: Mapping[type[records.RoomWish], str] = {
    records.CreateRoom: "participants",
    records.InviteMember: "userId",
    records.ChangeRoom: "ownerId",
}
_ABOUT_PEOPLE = (ErrorCode.USER_NOT_FOUND, ErrorCode.BLOCKED)


def room_id_of(request: web.Request) -> str:
    """The room of the path; ROOM_NOT_FOUND when it can be no room's id."""
    try:
        return check_uuid("roomId", request.match_info["roomId"])
    except UserError:
        raise UserError(ErrorCode.ROOM_NOT_FOUND, "no room has such an id") from None


def check_handles(field: str, *user_ids: str) -> None:
    """USER_NOT_FOUND naming those of the field that can be nobody's handle."""
    wrong = [user_id for user_id in user_ids if not is_handle(user_id)]
    if wrong:
        raise nobody(field, wrong)


def nobody(field: str, user_ids: Sequence[str]) -> UserError:
    """USER_NOT_FOUND that names the field and whom it should not name."""
    return _of_people(ErrorCode.USER_NOT_FOUND, "no user has such a handle", field, user_ids)


def _of_people(code: ErrorCode, reason: str, field: str, user_ids: Sequence[str]) -> UserError:
    named = {"userIds": list(user_ids)} if user_ids else {}
    return UserError(code, reason, details={"field": field, **named})


def _named(wish: records.RoomWish, outcome: records.RoomRefused) -> Sequence[str]:
    """Whom a refusal of the wish is about, as far as it is told."""
    one = (wish.invitee_user_id,) if isinstance(wish, records.InviteMember) else ()
    return outcome.user_ids or one


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
        code, field = ErrorCode(outcome.code), _PEOPLE.get(type(wish))
        if field and code in _ABOUT_PEOPLE:
            raise _of_people(code, outcome.reason, field, _named(wish, outcome))
        raise UserError(code, outcome.reason)
    return outcome


def refusal(outcome: object) -> Exception:
    """What a refusal of a message is raised as."""
    if isinstance(outcome, records.MessageRefused):
        return refusal_of(outcome)
    return TypeError(f"a wish was answered with {type(outcome).__name__}")
