"""GET /search/messages: what was said in the rooms the caller is in now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal
from uuid import UUID

from aiohttp import web
from pydantic import Field, StringConstraints

from chatstream.domain.times import to_text
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.accounts import Names, ProfileReader
from chatstream.ports.messages import StoredMessage
from chatstream.ports.rooms import RoomReader
from chatstream.ports.search import MessageSearch, SearchHit, SearchQuery
from web.edge.bodies import Shape, answer, check_names, read_query
from web.edge.middleware import caller_of
from web.edge.openapi import operation
from web.edge.times import span
from web.shapes import MessageView, message_view

PATH = "/search/messages"


class MessageSearchQuery(Shape):
    """The query: every word of `q` must be in the message; `from` <= time < `to`."""

    q: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    room_id: UUID | None = Field(None, description="only this room")
    sender: str | None = Field(None, min_length=1, max_length=40, description="a userId")
    since: str | None = Field(None, alias="from", description="RFC 3339 with a zone")
    until: str | None = Field(None, alias="to", description="RFC 3339 with a zone")
    sort: Literal["newest", "best"] = "newest"
    cursor: str | None = Field(None, min_length=1, max_length=2000)
    limit: int = Field(20, ge=1, le=50)


class HitView(MessageView):
    """A found message; in `highlight` matches stand between U+E000 and U+E001, nothing is HTML."""

    highlight: str


class HitsView(Shape):
    """A page of hits; `cursor` asks for the next page, null at the end.

    `suggestion` is given when nothing was found: another text that finds something.
    """

    hits: list[HitView]
    cursor: str | None = None
    suggestion: str | None = Field(None, description="did you mean: a `q` that has hits")


@dataclass(frozen=True)
class SearchPorts:
    """What the views of this module need."""

    search: MessageSearch
    rooms: RoomReader
    profiles: ProfileReader


class SearchViews:
    """The handlers."""

    def __init__(self, ports: SearchPorts) -> None:
        self._ports = ports

    @operation(
        "Search messages",
        query=MessageSearchQuery,
        answers={200: HitsView},
        errors=(
            ErrorCode.INVALID_INPUT,
            ErrorCode.ROOM_NOT_FOUND,
            ErrorCode.NOT_A_MEMBER,
            ErrorCode.STORE_UNAVAILABLE,
        ),
    )
    async def messages(self, request: web.Request) -> web.Response:
        """Messages in Korean and English, newest or best first."""
        caller = caller_of(request)
        check_names(request, MessageSearchQuery)
        asked = read_query(request, MessageSearchQuery)
        query = _query(asked)
        room_ids = await self._ports.rooms.room_ids_of(caller.account_id)
        if asked.room_id is not None:
            room_ids = [await self._own_room(str(asked.room_id), room_ids)]
        hits, cursor = await self._ports.search.search(query, room_ids)
        if not hits and asked.cursor is None:
            return answer(HitsView(hits=[], suggestion=await self._suggestion(query, room_ids)))
        present = await self._present(hits)
        authors = sorted({hit.message.account_id for hit in present})
        names = await self._ports.profiles.names(authors)
        return answer(HitsView(hits=[_hit_view(hit, names) for hit in present], cursor=cursor))

    async def _suggestion(self, query: SearchQuery, room_ids: Sequence[str]) -> str | None:
        """Another text, when a message of its hits is shown in its room with what was found."""
        suggestion = await self._ports.search.suggest(query, room_ids)
        if suggestion is None:
            return None
        present = await self._present(suggestion.hits)
        found = {(_place(hit), hit.message.rev) for hit in suggestion.hits}
        is_there = any((_place(hit), hit.message.rev) in found for hit in present)
        return suggestion.text if is_there else None

    async def _present(self, hits: Sequence[SearchHit]) -> Sequence[SearchHit]:
        shown = await self._ports.rooms.shown([_place(hit) for hit in hits])
        found = (_as_shown(hit, shown.get(_place(hit))) for hit in hits)
        return [hit for hit in found if hit is not None]

    async def _own_room(self, room_id: str, own: Sequence[str]) -> str:
        """The room when the caller is in it; NOT_A_MEMBER, or ROOM_NOT_FOUND when there is none."""
        if room_id not in own:
            await self._ports.rooms.room(room_id)
            raise UserError(ErrorCode.NOT_A_MEMBER, "the caller is not in this room")
        return room_id


def _query(asked: MessageSearchQuery) -> SearchQuery:
    since, until = span(asked.since, asked.until)
    return SearchQuery(
        text=asked.q,
        sender=asked.sender,
        since=None if since is None else to_text(since),
        until=None if until is None else to_text(until),
        sort=asked.sort,
        cursor=asked.cursor,
        limit=asked.limit,
    )


def _place(hit: SearchHit) -> tuple[str, int]:
    return hit.message.room_id, hit.message.seq


def _as_shown(hit: SearchHit, now: StoredMessage | None) -> SearchHit | None:
    """The hit as the room shows it now: the search is a moment behind. None when it is deleted."""
    if now is None:
        return hit
    if now.deleted_at is not None:
        return None
    return SearchHit(now, hit.highlight if now.rev == hit.message.rev else now.message)


def _hit_view(hit: SearchHit, names: Mapping[str, Names]) -> HitView:
    """The hit under its author's name of now: the documents keep that of the time of saying."""
    message = hit.message
    if message.account_id in names:
        user_id, name = names[message.account_id]
        message = replace(message, user_id=user_id, user_name=name)
    return HitView.model_construct(**dict(message_view(message)), highlight=hit.highlight)


def register(web_app: web.Application, ports: SearchPorts) -> None:
    """Add the route."""
    web_app.router.add_get(PATH, SearchViews(ports).messages)
