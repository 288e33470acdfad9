"""Who is behind the ids and handles that operators see, as they are called now."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from chatstream.errors import ErrorCode, UserError
from chatstream.ports.accounts import ProfileReader
from chatstream.ports.rooms import RoomReader
from web.edge.bodies import Shape
from web.shown_names import person_name
from web.shown_records import is_id

MOST_HANDLES = 100


class NamedAccountView(Shape):
    """An account; an erased one has no handle and no name."""

    account_id: str
    user_id: str | None
    user_name: str | None


class KnownPeople:
    """Looks them up in the copy of the accounts; who is erased has left no handle there."""

    def __init__(self, rooms: RoomReader, profiles: ProfileReader) -> None:
        self._rooms = rooms
        self._profiles = profiles

    async def account_of(self, user: str) -> str:
        """The account of a handle or of an account's id; USER_NOT_FOUND for one that is gone."""
        if is_id(user):
            return user
        return (await self._rooms.person(user)).account_id

    async def known(self, handles: Collection[str]) -> frozenset[str]:
        """Which of the handles somebody has; of very many the first in their order."""
        asked = sorted(handles)[:MOST_HANDLES]
        there = await asyncio.gather(*map(self._is_there, asked))
        return frozenset(handle for handle, found in zip(asked, there, strict=True) if found)

    async def _is_there(self, handle: str) -> bool:
        try:
            await self._rooms.person(handle)
        except UserError as error:
            if error.code is ErrorCode.USER_NOT_FOUND:
                return False
            raise
        return True

    async def named(self, account_ids: Collection[str]) -> list[NamedAccountView]:
        """What the accounts are called now, by their id; without those nobody knows."""
        names = await self._profiles.names(sorted(account_ids))
        return [
            NamedAccountView(account_id=each, user_id=user_id, user_name=person_name(name, user_id))
            for each, (user_id, name) in sorted(names.items())
        ]
