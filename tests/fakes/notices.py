"""An in-memory store of notices, both sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from chatstream.domain.lines import Fact, Identity, Numbers, Settled, in_fact_order
from chatstream.domain.notices import DIRECT, Asker, NoticeBoard, PinnedMessage
from chatstream.domain.times import to_text
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.notices import NoticeAnswer, NoticeTraces, NoticeWish, RoomNotice
from infra.postgres.notice_records import Grounds, NoticeRooms, Setter, answer

_START = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass
class FakeNotices:
    """ports.notices.NoticeStore, NoticeReader and NoticeEraser.

    `members` are account ids by room; `messages` by room and id; `handles` by account.
    """

    boards: dict[str, NoticeBoard] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)
    messages: dict[tuple[str, str], PinnedMessage] = field(default_factory=dict)
    handles: dict[str, str] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    muted: set[str] = field(default_factory=set)
    asked: list[NoticeWish] = field(default_factory=list)
    former: dict[Identity, list[Fact]] = field(default_factory=dict)
    settled: Settled = field(default_factory=Settled)
    heads: Counter[int] = field(default_factory=Counter)

    async def carry_out(
        self, generation: int | None, wishes: Sequence[NoticeWish]
    ) -> Sequence[NoticeAnswer]:
        self.asked.extend(wishes)
        heads = {wish.partition: self.heads[wish.partition] for wish in wishes}
        now = _START + timedelta(seconds=len(self.asked))
        settled = Settled(dict(self.settled.known))
        numbers = Numbers(heads, now, deepcopy(self.former), settled=settled)
        rooms = NoticeRooms(
            self._now(), {room_id: self._setter(room_id) for room_id in self.boards}
        )
        found = [
            answer(numbers, rooms, n, each, self._grounds(each)) for n, each in enumerate(wishes)
        ]
        self.boards, self.former, self.settled = rooms.boards, numbers.former, numbers.settled
        self.heads.update({p: head - self.heads[p] for p, head in numbers.heads.items()})
        return in_fact_order(found)

    def _now(self) -> dict[str, NoticeBoard]:
        """The rooms, each pinned message with its present text."""
        boards = deepcopy(self.boards)
        for room_id, board in boards.items():
            if board.notice is not None and board.notice.message is not None:
                told = board.notice.message
                text = self._message(room_id, told.message_id).text
                board.notice = replace(board.notice, message=replace(told, text=text))
        return boards

    def _message(self, room_id: str, message_id: str) -> PinnedMessage:
        found = self.messages[room_id, message_id]
        return replace(found, text=None) if found.author_id in self.erased else found

    def _setter(self, room_id: str) -> Setter:
        notice = self.boards[room_id].notice
        account = "" if notice is None or notice.account_id in self.erased else notice.account_id
        return Setter(self.handles.get(account), account or None)

    def _grounds(self, wish: NoticeWish) -> Grounds:
        who = wish.account_id
        is_member = who in self.members.get(wish.room_id, ())
        is_muted = who in self.muted
        is_there = (wish.room_id, wish.message_id or "") in self.messages
        return Grounds(
            asker=Asker(who, is_member, who in self.erased, is_muted),
            setter=Setter(self.handles.get(who), who),
            message=self._message(wish.room_id, wish.message_id or "") if is_there else None,
            muted_until=to_text(_START) if is_muted else None,
            muted_for="rate" if is_muted else None,
        )

    async def notice(self, room_id: str, account_id: str) -> RoomNotice | None:
        board = self._now().get(room_id)
        if board is None:
            raise UserError(ErrorCode.ROOM_NOT_FOUND)
        if account_id not in self.members[room_id]:
            raise UserError(ErrorCode.NOT_A_MEMBER)
        if board.kind == "direct":
            raise UserError(DIRECT.code, DIRECT.reason)
        notice, setter = board.notice, self._setter(room_id)
        if notice is None or setter.user_id is None:
            return None
        text = notice.text if notice.message is None else notice.message.text
        message_id = None if notice.message is None else notice.message.message_id
        at = to_text(notice.at)
        if text is None:
            return None
        return RoomNotice(text, message_id, setter.user_id, setter.name, at, notice.rev)

    async def erase(self, account_id: str) -> NoticeTraces:
        rooms = [
            room_id
            for room_id, board in self.boards.items()
            if (notice := board.notice) is not None
            and account_id in (notice.account_id, notice.message and notice.message.author_id)
        ]
        return NoticeTraces(sorted(rooms))
