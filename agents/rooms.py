"""kakao.chat.chatRoom.REQUEST: create, enter, invite, remove; facts and refusals on RESPONSE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from faust.types import EventT

from agents.batching import BatchLoop
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
    ) -> rooms.Decision:
        """The domain's decision for the record's type."""
        record = wish.record
        match record:
            case records.CreateRoom():
                return rooms.decide_create(room, wish.actor, dict(found), wish.handles)
            case records.EnterRoom():
                return rooms.decide_enter(room, wish.actor)
            case records.InviteMember():
                return rooms.decide_invite(room, wish.actor, found.get(record.invitee_user_id))
            case records.RemoveMember():
                return rooms.decide_remove(room, wish.actor, found.get(record.member_user_id))
        raise PoisonMessage(f"{type(record).__name__} is no room wish")

    def body(
        self, wish: RoomWish, room: rooms.RoomState | None, decision: rooms.Decision, place: Place
    ) -> bytes:
        """The RESPONSE record of a decision."""
        base: dict[str, Any] = {
            "request_id": wish.request_id,
            "room_id": wish.room_id,
            "account_id": wish.actor.account_id,
        }
        if isinstance(decision, rooms.Refuse):
            return records.encode(
                records.RoomRefused(
                    **base, code=str(decision.code), reason=decision.reason, at=place.at
                )
            )
        count = room.member_count if room else 0
        state: dict[str, Any] = {
            "member_count": count,
            "access_version": room.access_version if room else 0,
        }
        match decision:
            case rooms.Create(people):
                record: Any = wish.record
                return records.encode(
                    records.RoomCreated(
                        **base,
                        **state,
                        fact_no=place.fact_no,
                        kind=record.kind,
                        name=record.name,
                        owner=_member(people[0]),
                        members=tuple(map(_member, people[: rooms.SHOWN_MEMBERS])),
                        created_at=place.at,
                    )
                )
            case rooms.Join(person):
                change: type[records.MemberJoined | records.MemberLeft] = records.MemberJoined
            case rooms.Leave(person):
                change = records.MemberLeft
            case _:
                return records.encode(records.RoomEntered(**base, **state, at=place.at))
        return records.encode(
            change(**base, **state, fact_no=place.fact_no, member=_member(person), at=place.at)
        )


class RoomSink:
    """Decode, judge and store in the lane's database, keep the table, emit."""

    def __init__(
        self,
        app: ChatStreamApp,
        homes: Mapping[int, str],
        stores: Mapping[str, RoomStore],
        members: RoomMembers,
    ) -> None:
        self.app = app
        self.homes = homes
        self.stores = stores
        self.members = members
        self.judge = Judge()

    def lane_of(self, topic: str, partition: int) -> str:
        """The database that holds the partition."""
        return self.homes[partition]

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Judge and store the batch, produce every answer in fact order, write `room_members`."""
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
        await self.members.record(
            [
                (batch[answer.wish], codec.decode(RESPONSE, answer.body))
                for answer in answers
                if answer.fact_no is not None
            ]
        )

    def parse(self, event: EventT) -> RoomWish:
        """The wish of a record; PoisonMessage when it can never be carried out."""
        record = codec.decode(REQUEST, event.value)
        try:
            for field in ("room_id", "account_id", "request_id"):
                check_uuid(field, getattr(record, field))
        except UserError as error:
            raise PoisonMessage(str(error)) from error
        check_partition(self.app, event, "roomId", record.room_id)
        return RoomWish(
            partition=event.message.partition,
            room_id=record.room_id,
            request_id=record.request_id,
            actor=rooms.Person(record.account_id, record.user_id, record.user_name),
            handles=_handles(record),
            record=record,
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


def _handles(record: msgspec.Struct) -> tuple[str, ...]:
    match record:
        case records.CreateRoom():
            return record.participants
        case records.InviteMember():
            return (record.invitee_user_id,)
        case records.RemoveMember():
            return (record.member_user_id,)
    return ()


def register(
    app: ChatStreamApp,
    homes: Mapping[int, str],
    stores: Mapping[str, RoomStore],
    members: RoomMembers,
) -> None:
    """Declare the agent `chat.rooms`; `stores` by database name."""
    topic = app.topic(REQUEST, value_serializer="raw", key_serializer="raw", value_type=bytes)
    sink = RoomSink(app, homes, stores, members)

    @app.agent(topic, name="chat.rooms")
    async def chat_rooms(stream: Any) -> None:
        await BatchLoop(app, sink, app.chatstream.batch).run(stream)
