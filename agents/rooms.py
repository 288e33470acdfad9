"""kakao.chat.chatRoom.REQUEST: every wish about a room; facts and refusals on RESPONSE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from faust.types import EventT

from agents.batching import declare
from agents.conduct import invitation_of, outgoing
from agents.homes import HomeSink
from agents.wishes import check_partition, reject_wish
from chatstream.domain.messages import check_uuid
from chatstream.domain.room_batch import Act, RoomWish
from chatstream.domain.rooms import Person
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode, PoisonMessage, UserError
from chatstream.ports.rooms import RoomStore
from infra.kafka.app import ChatStreamApp
from infra.kafka.producer import Outgoing, send_all
from schemas import codec, records, topics
from tables.members import RoomMembers

REQUEST = topics.ROOM_REQUEST.name
RESPONSE = topics.ROOM_RESPONSE.name


def wish_of(record: records.RoomRequest, partition: int) -> RoomWish:
    """What a record in a partition asks of its room."""
    actor = Person(record.account_id, record.user_id, record.user_name)
    wish = partial(RoomWish, partition, record.room_id, record.request_id, actor)
    match record:
        case records.CreateRoom(kind=kind, name=name, participants=handles):
            return wish(Act.MAKE, handles, kind, name)
        case records.EnterRoom():
            return wish(Act.ENTER)
        case records.InviteMember(invitee_user_id=handle):
            return wish(Act.INVITE, (handle,))
        case records.RemoveMember(member_user_id=handle):
            return wish(Act.REMOVE, (handle,))
        case records.EraseMember():
            return wish(Act.ERASE)
        case records.ChangeRoom(name=new_name, owner_user_id=heir):
            return wish(Act.CHANGE, () if heir is None else (heir,), name=new_name)
        case records.DeleteRoom():
            return wish(Act.DELETE)


class RoomSink(HomeSink[RoomStore]):
    """Decode, store in the lane's database, keep the table, emit."""

    def __init__(
        self,
        app: ChatStreamApp,
        homes: Mapping[int, str],
        stores: Mapping[str, RoomStore],
        members: RoomMembers,
    ) -> None:
        super().__init__(app, homes, stores)
        self.members = members

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Store the batch, produce every answer in fact order, then write `room_members`.

        Who brought others in is told by account, for the rules over all rooms.
        """
        wishes = [self.parse(event) for event in batch]
        generation = batch[-1].message.generation_id
        answers = await self.stores[lane].carry_out(generation, wishes)
        await send_all(
            self.app,
            [
                Outgoing(
                    RESPONSE,
                    wishes[answer.wish].partition,
                    wishes[answer.wish].room_id.encode(),
                    answer.body,
                )
                for answer in answers
            ],
        )
        facts = [
            (batch[answer.wish], codec.decode(RESPONSE, answer.body))
            for answer in answers
            if answer.fact_no is not None
        ]
        partitions = self.app.conf.topic_partitions
        await send_all(
            self.app,
            [
                outgoing(invitation, partitions)
                for event, fact in facts
                if (invitation := invitation_of(event.message.partition, fact)) is not None
            ],
        )
        await self.members.record(facts)

    def parse(self, event: EventT) -> RoomWish:
        """The wish of a record; PoisonMessage when it can never be carried out."""
        record = codec.decode(REQUEST, event.value)
        try:
            for field in ("room_id", "account_id", "request_id"):
                check_uuid(field, getattr(record, field))
        except UserError as error:
            raise PoisonMessage(str(error)) from error
        check_partition(self.app, event, "roomId", record.room_id)
        if isinstance(record, records.CreateRoom) and record.kind == "direct":
            _check_direct(record)
        return wish_of(record, event.message.partition)

    async def reject(self, event: EventT, reason: str) -> None:
        """Dead-letter the record; when it names its wish, answer it with a refusal."""

        def refusal(wish: records.RoomRequest) -> Outgoing:
            record = records.RoomRefused(
                request_id=wish.request_id,
                room_id=wish.room_id,
                account_id=wish.account_id,
                code=str(ErrorCode.INVALID_INPUT),
                reason=reason,
                at=now_text(),
            )
            key = wish.room_id.encode()
            return Outgoing(RESPONSE, event.message.partition, key, records.encode(record))

        await reject_wish(self.app, event, reason, refusal)


def _check_direct(record: records.CreateRoom) -> None:
    if len(record.participants) != 1 or record.name:
        raise PoisonMessage("a direct room has one participant and no name")


def register(
    app: ChatStreamApp,
    homes: Mapping[int, str],
    stores: Mapping[str, RoomStore],
    members: RoomMembers,
) -> None:
    """Declare the agent `chat.rooms`; `stores` by database name."""
    declare(app, "chat.rooms", [REQUEST], RoomSink(app, homes, stores, members))
