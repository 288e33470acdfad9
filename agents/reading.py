"""kakao.chat.readPosition.REQUEST: read positions move; at most one record a second of a room.

A lane's batches begin a second apart (`PACE`), and a batch gives one record a room, so that neither
the log nor the sockets are flooded when everybody scrolls. A position has no fact number: it only
ever grows, so repeats, and an older worker that comes late, change nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from agents.loop.batching import declare
from agents.loop.wish_sink import Answer, Asked, WishSink
from chatstream.domain.reading import COUNTED_MEMBERS
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode
from chatstream.ports.reading import ReadOutcome, ReadStore, ReadWish
from infra.faust.app import ChatStreamApp
from infra.pacing import Pace
from schemas import records
from schemas.contexts.reading import READ

PACE = Pace(1.0, 1, together=True)
AT_ONCE = 5_000

_REASONS = {
    ErrorCode.ROOM_NOT_FOUND: "there is no such room",
    ErrorCode.NOT_A_MEMBER: "only members have a read position",
}

# The wishes of a batch, by room and account.
_Asked = Mapping[tuple[str, str], Sequence[records.MoveReadPosition]]


class ReadSink(WishSink[records.MoveReadPosition, ReadStore]):
    """Wishes to have read: one PositionsMoved a room answers all of a batch."""

    stream = READ

    async def carry_out(
        self, lane: str, generation: int | None, asked: Sequence[Asked[records.MoveReadPosition]]
    ) -> Sequence[Answer]:
        """See WishSink; the answers of a room go by any of its wishes."""
        wishes = [each.record for each in asked]
        outcomes = await self.stores[lane].carry_out(
            generation, [ReadWish(wish.room_id, wish.account_id, wish.seq) for wish in wishes]
        )
        index = {wish.room_id: n for n, wish in enumerate(wishes)}
        return [(index[each.room_id], each) for each in self.answers(wishes, outcomes)]

    def answers(
        self, wishes: Sequence[records.MoveReadPosition], outcomes: Sequence[ReadOutcome]
    ) -> list[records.ReadResponse]:
        """What is produced for a batch: one PositionsMoved a room, then the refusals.

        Every wish is answered exactly once, by its request id.
        """
        asked: dict[tuple[str, str], list[records.MoveReadPosition]] = defaultdict(list)
        for wish in wishes:
            asked[wish.room_id, wish.account_id].append(wish)
        by_room: dict[str, list[ReadOutcome]] = defaultdict(list)
        refusals: list[records.ReadResponse] = []
        for outcome in outcomes:
            if outcome.code is None:
                by_room[outcome.room_id].append(outcome)
                continue
            code = ErrorCode(outcome.code)
            mine = asked[outcome.room_id, outcome.position.account_id]
            refusals += [self.refusal(wish, code, _REASONS.get(code, "")) for wish in mine]
        return [_moved(room_id, each, asked) for room_id, each in by_room.items()] + refusals

    def refusal(
        self, record: records.MoveReadPosition, code: ErrorCode, reason: str
    ) -> records.MoveRefused:
        """See WishSink."""
        return records.MoveRefused(
            request_id=record.request_id,
            room_id=record.room_id,
            account_id=record.account_id,
            code=str(code),
            reason=reason,
            at=now_text(),
        )


def _moved(room_id: str, outcomes: Sequence[ReadOutcome], asked: _Asked) -> records.PositionsMoved:
    moved = [each.position for each in outcomes if each.moved]
    is_counted = outcomes[0].member_count <= COUNTED_MEMBERS
    return records.PositionsMoved(
        room_id=room_id,
        positions=tuple(
            records.ReadPosition(each.account_id, each.user_id, each.seq)
            for each in (moved if is_counted else ())
        ),
        moved=len(moved),
        answers=tuple(
            records.MoveAnswer(wish.request_id, wish.account_id, each.position.seq)
            for each in outcomes
            for wish in asked[room_id, each.position.account_id]
        ),
        access_version=outcomes[0].access_version,
        at=now_text(),
    )


def register(app: ChatStreamApp, homes: Mapping[int, str], stores: Mapping[str, ReadStore]) -> None:
    """Declare the agent `chat.reads`; `stores` by database name."""
    sink = ReadSink(app, stores, homes)
    settings = app.chatstream.batch.model_copy(update={"size": AT_ONCE})
    declare(app, "chat.reads", [READ.request.name], sink, settings=settings, pace=PACE)
