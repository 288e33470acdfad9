"""The records that tell of room wishes: facts, which are kept as they are told, and refusals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from chatstream.domain import rooms
from chatstream.domain.decisions import Accept, Refuse, Unchanged
from chatstream.domain.lines import Numbers
from chatstream.domain.room_batch import RoomAct, RoomBatch, RoomChangeWish
from chatstream.domain.times import to_text
from chatstream.ports.rooms import RoomAnswer
from schemas import records


def answers(
    numbers: Numbers, batch: RoomBatch, index: int, asked: RoomChangeWish
) -> Iterator[RoomAnswer]:
    """Carry out the wish with this index and answer it: by each of its facts, or by one refusal."""
    if former := numbers.former.get(asked.identity):
        for fact in former:
            yield RoomAnswer(index, fact.fact_no, fact.values["body"].encode())
        return
    wish, at = batch.named(asked), to_text(numbers.now)
    decision = batch.decide(wish)
    if wish.act is not RoomAct.ERASE:  # it asks under the same id until it is done
        decision = numbers.settled.uphold(wish, decision)
    if not isinstance(decision, Accept):
        yield RoomAnswer(index, None, _unmoved(wish, batch.rooms.get(wish.room_id), decision, at))
        return
    for step, change in enumerate(decision.changes):
        room = batch.apply(wish, change)
        base = {
            **_base(wish),
            "fact_no": numbers.heads[wish.partition] + 1,
            "member_count": room.member_count,
            "access_version": room.access_version,
        }
        body = records.encode(_fact(base, room, change, wish.actor, at))
        fact = numbers.add(wish, step=step, body=body.decode())
        yield RoomAnswer(index, fact.fact_no, body)


def _unmoved(
    wish: RoomChangeWish, room: rooms.RoomState | None, decision: Refuse | Unchanged, at: str
) -> bytes:
    base = _base(wish)
    if isinstance(decision, Refuse):
        base |= {"code": str(decision.code), "reason": decision.reason}
        return records.encode(records.RoomRefused(**base, user_ids=decision.user_ids, at=at))
    return records.encode(
        records.RoomEntered(
            **base,
            member_count=room.member_count if room else 0,
            access_version=room.access_version if room else 0,
            at=at,
        )
    )


def _base(wish: RoomChangeWish) -> dict[str, Any]:
    return {
        "request_id": wish.request_id,
        "room_id": wish.room_id,
        "account_id": wish.actor.account_id,
    }


def _member(person: rooms.Person) -> records.Member:
    return records.Member(person.account_id, person.user_id, person.name)


def _fact(
    base: dict[str, Any], room: rooms.RoomState, change: rooms.Change, actor: rooms.Person, at: str
) -> records.RoomFact:
    place: dict[str, Any] = {"at": at, "seq": room.head, "rev": room.rev}
    match change:
        case rooms.Create(people):
            return records.RoomCreated(
                **base,
                kind=cast(records.RoomKind, room.kind),
                name=room.name,
                owner=_member(people[0]),
                members=tuple(map(_member, people)),
                created_at=at,
            )
        case rooms.Join(person):
            return records.MemberJoined(**base, **place, member=_member(person))
        case rooms.Leave(person):
            return records.MemberLeft(**base, **place, member=_member(person))
        case rooms.Rename(name):
            return records.RoomRenamed(**base, **place, name=name, member=_member(actor))
        case rooms.HandOver(owner):
            return records.OwnerChanged(**base, **place, owner=_member(owner))
        case rooms.Configure(setting, value):
            return records.RoomConfigured(**base, at=at, setting=setting, value=value)
        case rooms.Delete():
            return records.RoomDeleted(**base, at=at)
