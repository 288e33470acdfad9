"""That somebody writes something just now: told to the other members, kept nowhere."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

from chatstream.domain.partitions import partition_of
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode, Fenced, TransientFailure, UserError
from chatstream.ports.logins import Caller
from chatstream.ports.rooms import RoomReader
from infra.kafka.producer import Outgoing, send_all
from infra.tracing import traced
from schemas import records
from schemas.contexts.reading import TYPING

log = logging.getLogger(__name__)

EVERY = 3.0
_PATIENCE = 2.0
_SWEEP = 4096


class TypingSignals:
    """Produces to the typing topic, at most once in `EVERY` seconds for an account in a room.

    A message ends that time: who goes on with the next one is seen at once.
    """

    def __init__(
        self, app: Any, rooms: RoomReader, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._rooms = rooms
        self._clock = clock
        self._told: dict[tuple[str, str], float] = {}

    async def tell(self, room_id: str, caller: Caller) -> None:
        """Tell the others; too soon after the last time, or while a store is away, nothing is told.

        Raises UserError ROOM_NOT_FOUND or NOT_A_MEMBER.
        """
        if not self._is_due((room_id, caller.account_id)):
            return
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._tell(room_id, caller)
        except (TransientFailure, Fenced, TimeoutError) as error:
            log.info("typing was not told: %s", error or "no answer in time")

    def said(self, room_id: str, account_id: str) -> None:
        """The account sent what it had typed; its next typing in the room is told."""
        self._told.pop((room_id, account_id), None)

    async def _tell(self, room_id: str, caller: Caller) -> None:
        version, members = await self._rooms.members_of(room_id, [caller.account_id])
        if caller.account_id not in members:
            raise UserError(ErrorCode.NOT_A_MEMBER, "only members are seen typing")
        record = records.MemberTyping(
            room_id=room_id,
            account_id=caller.account_id,
            user_id=caller.user_id,
            user_name=caller.name,
            access_version=version,
            at=now_text(),
        )
        partition = partition_of(room_id, self._app.conf.topic_partitions)
        key, value = room_id.encode(), records.encode(record)
        await send_all(self._app, [Outgoing(TYPING.event.name, partition, key, value, traced())])

    def _is_due(self, key: tuple[str, str]) -> bool:
        now = self._clock()
        if now - self._told.get(key, -EVERY) < EVERY:
            return False
        if len(self._told) >= _SWEEP:
            self._told = {each: at for each, at in self._told.items() if now - at < EVERY}
        self._told[key] = now
        return True
