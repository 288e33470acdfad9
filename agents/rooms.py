"""kakao.chat.chatRoom.REQUEST: every wish about a room; facts and refusals on RESPONSE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec
from faust.types import EventT

from agents.batching import declare
from agents.conduct import invitation_of, outgoing
from agents.homes import HomeSink
from agents.wishes import check_partition, reject_wish
from chatstream.domain import rooms
from chatstream.domain.messages import check_uuid
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode, PoisonMessage, UserError
from chatstream.ports.rooms import Place, RoomStore, RoomWish
from infra.kafka.app import ChatStreamApp
from infra.kafka.producer import Outgoing, send_all
from schemas import codec, records, topics
from tables.members import RoomMembers

REQUEST = topics.ROOM_REQUEST.name
RESPONSE = topics.ROOM_RESPONSE.name


def _member(person: rooms.Person) -> records.Member:
    return records.Member(person.account_id, person.user_id, person.name)


class Judge:
    """ports.rooms.RoomJudge over the records of the topic."""

    def decide(
        self,
        wish: RoomWish,
        room: rooms.RoomState | None,
        found: Mapping[str, rooms.Person],
        blocks: rooms.Blocks,
    ) -> rooms.Decision:
        """The domain's decision for the record's type."""
        record, actor = wish.record, wish.actor
        match record:
            case records.CreateRoom(kind="direct"):
                other = found.get(record.participants[0])
                return rooms.decide_direct(room, wish.room_id, actor, other, blocks)
            case records.CreateRoom():
                return rooms.decide_create(room, actor, found, wish.handles, blocks)
            case records.EnterRoom():
                return rooms.decide_enter(room, actor)
            case records.InviteMember():
                invitee = found.get(record.invitee_user_id)
                return rooms.decide_invite(room, actor, invitee, blocks)
            case records.RemoveMember():
                return rooms.decide_remove(room, actor, found.get(record.member_user_id))
            case records.EraseMember():
                return rooms.decide_remove(room, actor, actor)
            case records.ChangeRoom(name=name, owner_user_id=handle):
                heir = found.get(handle) if handle is not None else None
                return rooms.decide_change(room, actor, name, heir, hands_over=handle is not None)
            case records.DeleteRoom():
                return rooms.decide_delete(room, actor)
        raise PoisonMessage(f"{type(record).__name__} is no room wish")

    def founded(self, wish: RoomWish, owner: rooms.Person) -> rooms.RoomState:
        """The room of a CreateRoom."""
        record = wish.record
        if not isinstance(record, records.CreateRoom):
            raise TypeError(f"{type(record).__name__} makes no room")
        return rooms.RoomState(
            room_id=wish.room_id,
            kind=record.kind,
            name=record.name,
            owner_id=owner.account_id,
            access_version=1,
            member_count=0,
        )

    def fact(
        self, wish: RoomWish, room: rooms.RoomState, change: rooms.Change, place: Place
    ) -> bytes:
        """The fact of a change."""
        base: dict[str, Any] = {
            **_base(wish),
            "fact_no": place.fact_no,
            "member_count": room.member_count,
            "access_version": room.access_version,
        }
        return records.encode(_fact(base, room, change, place.at))

    def answer(
        self,
        wish: RoomWish,
        room: rooms.RoomState | None,
        decision: rooms.Refuse | rooms.Unchanged,
        at: str,
    ) -> bytes:
        """RoomRefused or RoomEntered."""
        base = _base(wish)
        if isinstance(decision, rooms.Refuse):
            code, reason = str(decision.code), decision.reason
            return records.encode(records.RoomRefused(**base, code=code, reason=reason, at=at))
        return records.encode(
            records.RoomEntered(
                **base,
                member_count=room.member_count if room else 0,
                access_version=room.access_version if room else 0,
                at=at,
            )
        )


def _base(wish: RoomWish) -> dict[str, Any]:
    return {
        "request_id": wish.request_id,
        "room_id": wish.room_id,
        "account_id": wish.actor.account_id,
    }


def _fact(
    base: dict[str, Any], room: rooms.RoomState, change: rooms.Change, at: str
) -> records.RoomFact:
    match change:
        case rooms.Create(people):
            return records.RoomCreated(
                **base,
                kind=cast(records.RoomKind, room.kind),
                name=room.name,
                owner=_member(people[0]),
                members=tuple(map(_member, people[: rooms.SHOWN_MEMBERS])),
                created_at=at,
            )
        case rooms.Join(person):
            return records.MemberJoined(**base, member=_member(person), at=at, seq=room.head)
        case rooms.Leave(person):
            return records.MemberLeft(**base, member=_member(person), at=at)
        case rooms.Rename(name):
            return records.RoomRenamed(**base, name=name, at=at)
        case rooms.HandOver(owner):
            return records.OwnerChanged(**base, owner=_member(owner), at=at)
        case rooms.Delete():
            return records.RoomDeleted(**base, at=at)


class RoomSink(HomeSink[RoomStore]):
    """Decode, judge and store in the lane's database, keep the table, emit."""

    def __init__(
        self,
        app: ChatStreamApp,
        homes: Mapping[int, str],
        stores: Mapping[str, RoomStore],
        members: RoomMembers,
    ) -> None:
        super().__init__(app, homes, stores)
        self.members = members
        self.judge = Judge()

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Judge and store the batch, produce every answer in fact order, write `room_members`.

        Who brought others in is told by account, for the rules over all rooms.
        """
        wishes = [self.parse(event) for event in batch]
        generation = batch[-1].message.generation_id
        answers = await self.stores[lane].apply(generation, wishes, self.judge)
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
        return RoomWish(
            partition=event.message.partition,
            room_id=record.room_id,
            request_id=record.request_id,
            actor=rooms.Person(record.account_id, record.user_id, record.user_name),
            handles=handles_of(record),
            record=record,
            removes=isinstance(record, records.RemoveMember | records.EraseMember),
            erases=isinstance(record, records.EraseMember),
        )

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


def handles_of(record: msgspec.Struct) -> tuple[str, ...]:
    """The accounts that a wish names besides the actor, by handle."""
    match record:
        case records.CreateRoom():
            return record.participants
        case records.InviteMember():
            return (record.invitee_user_id,)
        case records.RemoveMember():
            return (record.member_user_id,)
        case records.ChangeRoom(owner_user_id=str() as handle):
            return (handle,)
    return ()


def register(
    app: ChatStreamApp,
    homes: Mapping[int, str],
    stores: Mapping[str, RoomStore],
    members: RoomMembers,
) -> None:
    """Declare the agent `chat.rooms`; `stores` by database name."""
    declare(app, "chat.rooms", [REQUEST], RoomSink(app, homes, stores, members))
