"""What notices follow: messages that change, and accounts that are erased.

Both become wishes on the notices' own topic: only the owner of a room's partition writes its line.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID, uuid5

from faust.types import EventT

from agents.erasure.steps import Done
from agents.loop.batching import declare
from agents.loop.event_sink import EventSink
from agents.loop.traces import cause_of
from chatstream.domain.times import now_text
from chatstream.ports.notices import NoticeEraser
from infra.faust.app import ChatStreamApp
from infra.kafka.keyed import outgoing
from infra.kafka.producer import send_all
from infra.tracing import traced
from schemas import codec, records
from schemas.contexts.messages import MESSAGE
from schemas.contexts.notices import NOTICE


def follow_of(changed: records.MessageChanged) -> records.FollowMessage:
    """The wish that a change of a message leads to; the same however often it is told."""
    return records.FollowMessage(
        request_id=str(uuid5(UUID(changed.message_id), f"notice:{changed.rev}")),
        room_id=changed.room_id,
        account_id=changed.account_id,
        message_id=changed.message_id,
        requested_at=now_text(),
    )


class FollowSink(EventSink):
    """Asks for each changed message whether it is its room's notice; the store knows."""

    lane = "notices"

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Produce the wishes of the batch; durable on return."""
        found = [(codec.decode(event.message.topic, event.value), event) for event in batch]
        partitions = self.app.conf.topic_partitions
        await send_all(
            self.app,
            [
                outgoing(NOTICE.request, follow_of(each), partitions, cause_of(event))
                for each, event in found
            ],
        )


class NoticeErasure:
    """See agents.erasure.steps.Eraser: finished when no notice of the account is left."""

    def __init__(self, app: ChatStreamApp, stores: Mapping[str, NoticeEraser]) -> None:
        self.app = app
        self.stores = stores

    async def erase(self, step: records.EraseStep) -> Done:
        """See agents.erasure.steps.Eraser."""
        found = await asyncio.gather(
            *(store.erase(step.account_id) for store in self.stores.values())
        )
        rooms = sorted({room_id for traces in found for room_id in traces.rooms})
        partitions = self.app.conf.topic_partitions
        wishes = [_erase(step, room_id) for room_id in rooms]
        await send_all(
            self.app, [outgoing(NOTICE.request, each, partitions, traced()) for each in wishes]
        )
        erased = {"notices": len(rooms) + sum(traces.deleted for traces in found)}
        return Done(erased, f"still the notice of {len(rooms)} rooms" if rooms else "")


def _erase(step: records.EraseStep, room_id: str) -> records.EraseNotice:
    return records.EraseNotice(
        request_id=str(uuid5(UUID(step.saga_id), f"notice:{room_id}")),
        room_id=room_id,
        account_id=step.account_id,
        requested_at=now_text(),
    )


def register(app: ChatStreamApp) -> None:
    """Declare the agent `chat.noticed` over the changes of messages."""
    declare(app, "chat.noticed", [MESSAGE.event.name], FollowSink(app))
