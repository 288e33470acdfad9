"""Wishes about posts, as the views send them, and their refusals."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from uuid_utils.compat import uuid7

from chatstream.domain.messages import check_uuid
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.logins import Caller
from chatstream.ports.wishes import WishSender
from schemas import records
from schemas.contexts.contents import CONTENT, INSPECTION

STORES = (ErrorCode.RATE_LIMITED, ErrorCode.BUSY, ErrorCode.STORE_UNAVAILABLE)


def content_id_of(request: web.Request) -> str:
    """The post of the path; CONTENT_NOT_FOUND when it can be no post's id."""
    try:
        return check_uuid("contentId", request.match_info["contentId"])
    except UserError:
        raise not_found() from None


def not_found() -> UserError:
    """There is no such post, or not for this caller."""
    return UserError(ErrorCode.CONTENT_NOT_FOUND, "there is no such post")


def named(caller: Caller, content_id: str) -> dict[str, Any]:
    """What every wish about a post has."""
    return {
        "request_id": str(uuid7()),
        "account_id": caller.account_id,
        "content_id": content_id,
        "requested_at": now_text(),
    }


async def ask_content(wishes: WishSender, wish: records.ContentAsked) -> object:
    """What became of a wish about a post; its refusal is raised."""
    outcome = await wishes.ask(CONTENT.request.name, wish)
    if isinstance(outcome, records.ContentWishRefused):
        raise _refusal(outcome.code, outcome.reason, outcome.version)
    return outcome


async def ask_inspection(wishes: WishSender, wish: records.InspectionAsked) -> object:
    """What became of a wish about an inspection; its refusal is raised."""
    outcome = await wishes.ask(INSPECTION.request.name, wish)
    if isinstance(outcome, records.InspectionWishRefused):
        raise _refusal(outcome.code, outcome.reason, outcome.latest)
    return outcome


def _refusal(code: str, reason: str, latest: int | None) -> UserError:
    return UserError(
        ErrorCode(code), reason, details=None if latest is None else {"version": latest}
    )
