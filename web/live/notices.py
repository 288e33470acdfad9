"""The notice of a room, as open pages are told of it."""

from __future__ import annotations

import msgspec

from schemas.records import NoticeEdited, NoticeEnded, NoticeFact, NoticeSet, ShownNotice
from web.live.events import Body, in_room
from web.live.frames import Broadcast
from web.live.news import News, RoomNews
from web.shown_names import person_name


class NoticeTold(Body, frozen=True, kw_only=True, tag="notice"):
    """The room's notice is this one since change `rev` of the room; null: it has none any more.

    Its own `rev` is that with which it was set: an edit of a pinned message leaves it.
    """

    room_id: str
    notice: ShownNotice | None
    rev: int


def told(fact: NoticeFact) -> Broadcast:
    """What the room shows since the fact."""
    notice = fact.notice
    if notice is not None:
        name = person_name(notice.user_name, notice.user_id)
        notice = msgspec.structs.replace(notice, user_name=name)
    body = NoticeTold(room_id=fact.room_id, notice=notice, rev=fact.rev)
    return in_room(fact.room_id, f"n{fact.rev}", body)


def _rev(fact: NoticeFact) -> int:
    return fact.rev


def _is_shown(fact: NoticeFact) -> bool:
    """Not one that is told again and has no notice with it: another has taken its place."""
    return fact.notice is not None


NEWS = News(
    rooms=(
        RoomNews(NoticeSet, NoticeTold, told, rev=_rev, due=_is_shown),
        RoomNews(NoticeEdited, NoticeTold, told, rev=_rev, due=_is_shown),
        RoomNews(NoticeEnded, NoticeTold, told, rev=_rev),
    ),
)
