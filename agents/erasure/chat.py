"""The chat service's part of an erasure: the tombstone, the account's own rows, every room left."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence

from agents.erasure.steps import Done
from chatstream.domain.erasure import leave_request
from chatstream.domain.partitions import partition_of
from chatstream.domain.times import now_text
from chatstream.ports.erasure import ChatEraser
from infra.faust.app import ChatStreamApp
from infra.kafka.producer import Outgoing, send_all
from infra.tracing import traced
from schemas import records
from schemas.contexts.rooms import ROOM


class ChatErasure:
    """See agents.erasure.steps.Eraser.

    Rooms are left by wishes on the rooms' own topic: only the owner of a room's partition writes
    its line. The step is finished when no room is left to leave.
    """

    def __init__(self, app: ChatStreamApp, stores: Mapping[str, ChatEraser]) -> None:
        self.app = app
        self.stores = stores

    async def erase(self, step: records.EraseStep) -> Done:
        """See agents.erasure.steps.Eraser."""
        found = await asyncio.gather(
            *(store.erase(step.account_id) for store in self.stores.values())
        )
        erased: Counter[str] = Counter()
        for traces in found:
            erased.update(traces.erased)
        rooms = sorted({room_id for traces in found for room_id in traces.rooms})
        await self._leave(step, rooms)
        return Done(erased, f"still in {len(rooms)} rooms" if rooms else "")

    async def _leave(self, step: records.EraseStep, rooms: Sequence[str]) -> None:
        at = now_text()
        await send_all(
            self.app,
            [
                Outgoing(
                    ROOM.request.name,
                    partition_of(room_id, self.app.conf.topic_partitions),
                    room_id.encode(),
                    records.encode(
                        records.EraseMember(
                            request_id=leave_request(step.saga_id, room_id),
                            room_id=room_id,
                            account_id=step.account_id,
                            user_id="",
                            user_name="",
                            requested_at=at,
                        )
                    ),
                    traced(),
                )
                for room_id in rooms
            ],
        )
