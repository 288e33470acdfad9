"""What readers do: how far they have read, and that somebody writes just now."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

import msgspec

from chatstream.ports.reading import Position
from schemas.records import MemberTyping, PositionsMoved
from web.live.events import Body, RoomChanged, in_room, next_number
from web.live.frames import Broadcast
from web.live.news import AccountNews, News, RoomNews
from web.shown_names import person_name


class ReadUpTo(msgspec.Struct, frozen=True, rename="camel"):
    """A member has read up to `seq`; an erased one has no handle."""

    user_id: str | None
    seq: int


class Read(Body, frozen=True, kw_only=True, tag="read"):
    """Members have read further: `moved` of them, by name only in rooms of at most 100 members.

    The first one after a SUBSCRIBE names every member, and `moved` is 0.
    """

    room_id: str
    positions: tuple[ReadUpTo, ...]
    moved: int


class Typing(Body, frozen=True, kw_only=True, tag="typing"):
    """Somebody else writes something; it holds for a few seconds."""

    room_id: str
    user_id: str
    user_name: str


def read(record: PositionsMoved) -> Broadcast:
    """Positions that moved."""
    positions = tuple(ReadUpTo(each.user_id, each.seq) for each in record.positions)
    return _read(record.room_id, positions, record.moved)


def all_read(room_id: str, positions: Iterable[Position]) -> Broadcast:
    """Where every member stands."""
    return _read(room_id, tuple(ReadUpTo(each.user_id, each.seq) for each in positions), 0)


def _read(room_id: str, positions: tuple[ReadUpTo, ...], moved: int) -> Broadcast:
    body = Read(room_id=room_id, positions=positions, moved=moved)
    return in_room(room_id, f"p{next_number()}", body)


def typing(record: MemberTyping) -> Broadcast:
    """A member writes something."""
    body = Typing(
        room_id=record.room_id,
        user_id=record.user_id,
        user_name=person_name(record.user_name, record.user_id),
    )
    return in_room(record.room_id, f"t{next_number()}", body)


def own_positions(record: PositionsMoved, here: Container[str]) -> Iterator[tuple[str, Body]]:
    """How far accounts have read the room: they may have done so on another device."""
    for answer in record.answers:
        if answer.account_id in here:
            yield (
                answer.account_id,
                RoomChanged(room_id=record.room_id, last_read_seq=answer.seq),
            )


NEWS = News(
    rooms=(
        RoomNews(PositionsMoved, Read, read, due=lambda record: record.moved > 0),
        RoomNews(
            MemberTyping, Typing, typing, author=lambda record: record.account_id, fleeting=True
        ),
    ),
    accounts=(AccountNews(PositionsMoved, RoomChanged, own_positions),),
)
