"""How records are told to open pages: the rows that the wiring of a context hands to the hub.

A record type is told in its room (`RoomNews`), to accounts (`AccountNews`), or both. Which bodies
travel is read off the same rows (`room_bodies`, `account_bodies`), so that nobody keeps a list.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from schemas.records import Record
from web.live.events import Body, RoomChanged
from web.live.frames import Broadcast


class RoomRecord(Protocol):
    """A record of one room; who may hear it is who is a member at its access version."""

    @property
    def room_id(self) -> str:
        """The room it is keyed by."""
        ...

    @property
    def access_version(self) -> int:
        """The room's access version when it was made."""
        ...


InRoom = TypeVar("InRoom", bound=RoomRecord)
Told = TypeVar("Told", bound=Record)


@dataclass(frozen=True, slots=True)
class RoomNews(Generic[InRoom]):
    """A record type that the subscribers of its room are told of.

    `event` gives the frame, whose body is a `body`. `line`: what it changes on the room's line of a
    room list, None when nothing. `author`: an account that is not told, for it knows. `fleeting`:
    of no use to anybody but those who listen at that moment. A record that is not `due` is told to
    nobody. A repeated record is told again, but for facts of messages and of rooms. `rev`: its
    number among the changes of the room, of a record that is neither: it is told behind what has a
    lower one, so that a client may ask for what came after the highest that it saw.
    """

    record: type[InRoom]
    body: type[Body]
    event: Callable[[InRoom], Broadcast]
    line: Callable[[InRoom], RoomChanged | None] | None = None
    author: Callable[[InRoom], str] | None = None
    due: Callable[[InRoom], bool] | None = None
    fleeting: bool = False
    rev: Callable[[InRoom], int] | None = None


@dataclass(frozen=True, slots=True)
class AccountNews(Generic[Told]):
    """A record type that accounts are told of.

    `told` gives pairs of account id and body; those who do not listen `here`, on this front, may be
    left out. `fact_no`: of facts, by which a repeat is known and not told again. `acquainted`: also
    everybody on this front who shares a room with the account is told.
    """

    record: type[Told]
    body: type[Body]
    told: Callable[[Told, Container[str]], Iterable[tuple[str, Body]]]
    fact_no: Callable[[Told], int] | None = None
    acquainted: bool = False


@dataclass(frozen=True, slots=True)
class News:
    """All that a context tells; `besides` are bodies for accounts that no single record brings."""

    rooms: tuple[RoomNews[Any], ...] = ()
    accounts: tuple[AccountNews[Any], ...] = ()
    besides: tuple[type[Body], ...] = ()


def room_bodies(news: Iterable[News]) -> tuple[type[Body], ...]:
    """What `/sub/chat/room/{roomId}` may bring, each once."""
    return tuple(dict.fromkeys(row.body for each in news for row in each.rooms))


def account_bodies(news: Iterable[News]) -> tuple[type[Body], ...]:
    """What `/sub/user/{userId}` may bring, each once."""
    found = ((*each.besides, *(row.body for row in each.accounts)) for each in news)
    return tuple(dict.fromkeys(body for bodies in found for body in bodies))


def by_record(rows: Iterable[Row]) -> Mapping[type, Row]:
    """The rows by their record type; ValueError when two have the same."""
    found: dict[type, Row] = {}
    for row in rows:
        if row.record in found:
            raise ValueError(f"{row.record.__name__} is told by two rows: leave one")
        found[row.record] = row
    return found


Row = TypeVar("Row", RoomNews[Any], AccountNews[Any])
