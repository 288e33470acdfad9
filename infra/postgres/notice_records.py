"""The records that tell of wishes about notices: facts, kept without what is shown; refusals."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from msgspec.json import Decoder
from msgspec.structs import replace as with_fields

from chatstream.domain import notices
from chatstream.domain.abuse.verdicts import Reason
from chatstream.domain.decisions import Accept, Decision, Refuse
from chatstream.domain.lines import Fact, Numbers
from chatstream.domain.notices import Asker, Notice, NoticeBoard, NoticeChange, PinnedMessage
from chatstream.domain.room_events import next_rev
from chatstream.domain.times import to_text
from chatstream.errors import ErrorCode
from chatstream.ports.notices import NoticeAct, NoticeAnswer, NoticeWish
from schemas import records

_KINDS: dict[NoticeChange, type[records.NoticeFact]] = {
    NoticeChange.SET: records.NoticeSet,
    NoticeChange.EDITED: records.NoticeEdited,
    NoticeChange.ENDED: records.NoticeEnded,
}
_KEPT: Decoder[Any] = Decoder(records.NoticeSet | records.NoticeEdited | records.NoticeEnded)


@dataclass(frozen=True, slots=True)
class Setter:
    """Who set a notice, by handle and name; an erased one has none."""

    user_id: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class Grounds:
    """What is known of a wish under the locks: who asks, the message it names, a mute."""

    asker: Asker
    setter: Setter
    message: PinnedMessage | None
    muted_until: str | None = None
    muted_for: str | None = None


@dataclass(slots=True)
class NoticeRooms:
    """The rooms of a batch, who set their notices, and whose notice changed."""

    boards: dict[str, NoticeBoard] = field(default_factory=dict)
    setters: dict[str, Setter] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)


def answer(
    numbers: Numbers, rooms: NoticeRooms, number: int, wish: NoticeWish, grounds: Grounds
) -> NoticeAnswer:
    """Carry out the wish with this index and answer it, by its fact or by one other record."""
    if former := numbers.former.get(wish.identity):
        return _again(rooms, number, wish, former[0])
    grounds = replace(grounds, asker=replace(grounds.asker, account_id=wish.account_id))
    decision = _decide(rooms.boards.get(wish.room_id), wish, grounds)
    if wish.act in (NoticeAct.SET, NoticeAct.END):  # the others ask until nothing is left to do
        decision = numbers.settled.uphold(wish, decision)
    if not isinstance(decision, Accept):
        return NoticeAnswer(
            number, None, records.encode(_unmoved(numbers, wish, grounds, decision))
        )
    fact = _changed(numbers, rooms, wish, grounds, decision.changes[0])
    return _again(rooms, number, wish, fact)


def _decide(
    board: NoticeBoard | None, wish: NoticeWish, grounds: Grounds
) -> Decision[NoticeChange]:
    match wish.act:
        case NoticeAct.SET:
            refused = wish.refused_for is not None
            return notices.decide_set(
                board, grounds.asker, wish.text, grounds.message, is_refused=refused
            )
        case NoticeAct.END:
            return notices.decide_end(board, grounds.asker)
        case NoticeAct.FOLLOW:
            return notices.decide_follow(board, grounds.message)
        case NoticeAct.ERASE:
            return notices.decide_erasure(board, wish.account_id)


def _changed(
    numbers: Numbers, rooms: NoticeRooms, wish: NoticeWish, grounds: Grounds, change: NoticeChange
) -> Fact:
    board = rooms.boards[wish.room_id]
    before = board.notice
    board.rev = next_rev(numbers.heads[wish.partition] + 1, board.rev)
    rooms.changed.add(wish.room_id)
    if change is NoticeChange.SET:
        message = None if wish.text is not None else grounds.message
        board.notice = Notice(wish.account_id, numbers.now, board.rev, wish.text, message)
        rooms.setters[wish.room_id] = grounds.setter
    elif change is NoticeChange.EDITED and before is not None:
        board.notice = replace(before, message=grounds.message)
    else:
        board.notice = None
    pinned = (board.notice or before or Notice("", numbers.now, 0)).message
    body = _KINDS[change](
        fact_no=numbers.heads[wish.partition] + 1,
        request_id=wish.request_id,
        account_id=wish.account_id,
        room_id=wish.room_id,
        room_kind=_kind(board),
        access_version=board.access_version,
        rev=board.rev,
        at=to_text(numbers.now),
        message_id=None if pinned is None else pinned.message_id,
    )
    return numbers.add(wish, body=records.encode(body).decode())


def _kind(board: NoticeBoard) -> Any:
    return board.kind


def _again(rooms: NoticeRooms, number: int, wish: NoticeWish, fact: Fact) -> NoticeAnswer:
    """The fact as it is told: with what the room shows, unless something has taken its place."""
    record: records.NoticeFact = _KEPT.decode(fact.values["body"])
    board = rooms.boards.get(wish.room_id)
    if board is not None and not isinstance(record, records.NoticeEnded):
        record = with_fields(record, notice=_shown(board, rooms.setters.get(wish.room_id), record))
    return NoticeAnswer(number, fact.fact_no, records.encode(record))


def _shown(
    board: NoticeBoard, setter: Setter | None, record: records.NoticeFact
) -> records.ShownNotice | None:
    notice = board.notice
    if notice is None or setter is None or setter.user_id is None:
        return None
    is_edit = isinstance(record, records.NoticeEdited)
    is_latest = notice.rev <= record.rev if is_edit else notice.rev == record.rev
    text = notice.text if notice.message is None else notice.message.text
    if not is_latest or text is None:
        return None
    return records.ShownNotice(
        text=text,
        message_id=None if notice.message is None else notice.message.message_id,
        user_id=setter.user_id,
        user_name=setter.name,
        at=to_text(notice.at),
        rev=notice.rev,
    )


def _unmoved(
    numbers: Numbers, wish: NoticeWish, grounds: Grounds, decision: Decision[NoticeChange]
) -> records.NoticeUnchanged | records.NoticeRefused:
    base: dict[str, Any] = {
        "request_id": wish.request_id,
        "account_id": wish.account_id,
        "room_id": wish.room_id,
        "at": to_text(numbers.now),
    }
    if not isinstance(decision, Refuse):
        return records.NoticeUnchanged(**base)
    reason, until, cause = decision.reason, None, None
    if decision.code is ErrorCode.MESSAGE_REFUSED:
        reason = wish.refused_for or str(Reason.MUTED)
        if grounds.muted_until is not None:
            reason, until, cause = str(Reason.MUTED), grounds.muted_until, grounds.muted_for
    return records.NoticeRefused(
        **base, code=str(decision.code), reason=reason, until=until, cause=cause
    )
