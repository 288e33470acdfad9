"""kakao.chat.chatRoom.REQUEST: every wish about a room; facts and refusals on RESPONSE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from faust.types import EventT

from agents.conduct import invitation_of, outgoing
from agents.loop.batching import declare
from agents.loop.traces import cause_of
from agents.loop.wish_sink import Asked, WishSink
from chatstream.domain.room_batch import RoomAct, RoomChangeWish
from chatstream.domain.rooms import Person, check_room_name
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode
from chatstream.ports.rooms import RoomStore
from infra.faust.app import ChatStreamApp
from infra.kafka.producer import Outgoing, send_all
from schemas import records
from schemas.catalogue import ROOM_SETTINGS
from schemas.contexts.rooms import ROOM
from tables.members import RoomMembers


def wish_of(record: records.RoomRequest, partition: int) -> RoomChangeWish:
    """What a record in a partition asks of its room."""
    actor = Person(record.account_id, record.user_id, record.user_name)
    wish = partial(RoomChangeWish, partition, record.room_id, record.request_id, actor)
    match record:
        case records.CreateRoom(kind=kind, name=name, participants=handles):
            return wish(RoomAct.MAKE, handles, kind, name)
        case records.EnterRoom():
            return wish(RoomAct.ENTER)
        case records.InviteMember(invitee_user_id=handle):
            return wish(RoomAct.INVITE, (handle,))
        case records.RemoveMember(member_user_id=handle):
            return wish(RoomAct.REMOVE, (handle,))
        case records.EraseMember():
            return wish(RoomAct.ERASE)
        case records.ChangeRoom(name=new_name, owner_user_id=heir, settings=decided):
            handles = () if heir is None else (heir,)
            settings = tuple(sorted(decided.items()))
            return wish(RoomAct.CHANGE, handles, name=new_name, settings=settings)
        case records.DeleteRoom():
            return wish(RoomAct.DELETE)


class RoomSink(WishSink[records.RoomRequest, RoomStore]):
    """Wishes about rooms; what they lead to is kept in the table `members` as well."""

    stream = ROOM

    def __init__(
        self,
        app: ChatStreamApp,
        stores: Mapping[str, RoomStore],
        homes: Mapping[int, str],
        members: RoomMembers,
    ) -> None:
        super().__init__(app, stores, homes)
        self.members = members

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Carry out the batch, produce every answer in fact order, then write `room_members`.

        Who brought others in is told by account, for the rules over all rooms.
        """
        asked = [self.parse(event) for event in batch]
        answers = await self.carry_out(lane, batch[-1].message.generation_id, asked)
        told = await self.tell(asked, answers)
        facts = [(batch[at], fact) for at, fact in told if isinstance(fact, records.RoomFact)]
        await send_all(self.app, self._invitations(facts))
        await self.members.record(facts)

    def _invitations(self, facts: Sequence[tuple[EventT, records.RoomFact]]) -> list[Outgoing]:
        found = [(event, invitation_of(event.message.partition, fact)) for event, fact in facts]
        partitions = self.app.conf.topic_partitions
        return [
            outgoing(each, partitions, cause_of(event)) for event, each in found if each is not None
        ]

    def check(self, record: records.RoomRequest) -> None:
        """A direct room is of two, and has no name of its own; others' names may be given."""
        match record:
            case records.CreateRoom(kind="direct", name=name, participants=people):
                if len(people) != 1 or name:
                    raise ValueError("a direct room has one participant and no name")
            case records.CreateRoom(kind=kind, name=name):
                _check_name(name, required=kind == "open")
            case records.ChangeRoom(name=name, settings=settings):
                if name is not None:
                    _check_name(name, required=False)
                _check_settings(settings)

    async def carry_out(
        self, lane: str, generation: int | None, asked: Sequence[Asked[records.RoomRequest]]
    ) -> Sequence[tuple[int, bytes]]:
        """See WishSink."""
        wishes = [wish_of(each.record, each.partition) for each in asked]
        answers = await self.stores[lane].carry_out(generation, wishes)
        return [(each.wish, each.body) for each in answers]

    def refusal(
        self, record: records.RoomRequest, code: ErrorCode, reason: str
    ) -> records.RoomRefused:
        """See WishSink."""
        return records.RoomRefused(
            request_id=record.request_id,
            room_id=record.room_id,
            account_id=record.account_id,
            code=str(code),
            reason=reason,
            at=now_text(),
        )


def _check_name(name: str, *, required: bool) -> None:
    if check_room_name(name, required=required) != name:
        raise ValueError("the name is not trimmed")


def _check_settings(settings: Mapping[str, str]) -> None:
    choices = {each.name: each.choices for each in ROOM_SETTINGS}
    for name, value in settings.items():
        if value not in choices.get(name, ()):
            raise ValueError(f"no context knows the setting {name} with this value")


def register(
    app: ChatStreamApp,
    homes: Mapping[int, str],
    stores: Mapping[str, RoomStore],
    members: RoomMembers,
) -> None:
    """Declare the agent `chat.rooms`; `stores` by database name."""
    declare(app, "chat.rooms", [ROOM.request.name], RoomSink(app, stores, homes, members))
