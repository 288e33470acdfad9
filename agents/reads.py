"""kakao.chat.readPosition.REQUEST: read positions move; at most one record a second of a room.

A lane's batches begin a second apart (`PACE`), and a batch gives one record a room, so that neither
the log nor the sockets are flooded when everybody scrolls. A position has no fact number: it only
ever grows, so repeats, and an older worker that comes late, change nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from faust.types import EventT

from agents.batching import declare
from agents.homes import HomeSink
from agents.wishes import check_partition, reject_wish
from chatstream.domain.messages import check_uuid
from chatstream.domain.reading import COUNTED_MEMBERS
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode, PoisonMessage, UserError
from chatstream.ports.reading import ReadOutcome, ReadStore, ReadWish
from infra.kafka.app import ChatStreamApp
from infra.kafka.pace import Pace
from infra.kafka.producer import Outgoing, send_all
from schemas import codec, records, topics

REQUEST = topics.READ_REQUEST.name
RESPONSE = topics.READ_RESPONSE.name
PACE = Pace(1.0, 1)
AT_ONCE = 5_000

_REASONS = {
    ErrorCode.ROOM_NOT_FOUND: "there is no such room",
    ErrorCode.NOT_A_MEMBER: "only members have a read position",
}


class ReadSink(HomeSink[ReadStore]):
    """Decode, move in the lane's database, emit; see agents.batching.Sink."""

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Move the batch's positions in one transaction and tell, one record for each room."""
        wishes = [self.parse(event) for event in batch]
        outcomes = await self.stores[lane].carry_out(
            batch[-1].message.generation_id,
            [ReadWish(wish.room_id, wish.account_id, wish.seq) for wish in wishes],
        )
        partitions = {
            wish.room_id: event.message.partition for wish, event in zip(wishes, batch, strict=True)
        }
        told = tell(wishes, outcomes, now_text())
        await send_all(self.app, [_outgoing(partitions[record.room_id], record) for record in told])

    def parse(self, event: EventT) -> records.MoveReadPosition:
        """The wish of a record; PoisonMessage when it can never be carried out."""
        wish: records.MoveReadPosition = codec.decode(REQUEST, event.value)
        try:
            for field in ("room_id", "account_id", "request_id"):
                check_uuid(field, getattr(wish, field))
        except UserError as error:
            raise PoisonMessage(str(error)) from error
        check_partition(self.app, event, "roomId", wish.room_id)
        return wish

    async def reject(self, event: EventT, reason: str) -> None:
        """Dead-letter the record; when it names its wish, answer it with a refusal."""

        def refusal(wish: records.MoveReadPosition) -> Outgoing:
            record = _refusal(wish, str(ErrorCode.INVALID_INPUT), reason, now_text())
            return _outgoing(event.message.partition, record)

        await reject_wish(self.app, event, reason, refusal)


def tell(
    wishes: Sequence[records.MoveReadPosition], outcomes: Sequence[ReadOutcome], at: str
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
        reason = _REASONS.get(ErrorCode(outcome.code), "")
        mine = asked[outcome.room_id, outcome.position.account_id]
        refusals += [_refusal(wish, outcome.code, reason, at) for wish in mine]
    return [_moved(room_id, each, asked, at) for room_id, each in by_room.items()] + refusals


def _moved(
    room_id: str,
    outcomes: Sequence[ReadOutcome],
    asked: Mapping[tuple[str, str], Sequence[records.MoveReadPosition]],
    at: str,
) -> records.PositionsMoved:
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
        at=at,
    )


def _refusal(
    wish: records.MoveReadPosition, code: str, reason: str, at: str
) -> records.MoveRefused:
    return records.MoveRefused(
        request_id=wish.request_id,
        room_id=wish.room_id,
        account_id=wish.account_id,
        code=code,
        reason=reason,
        at=at,
    )


def _outgoing(partition: int, record: records.ReadResponse) -> Outgoing:
    return Outgoing(RESPONSE, partition, record.room_id.encode(), records.encode(record))


def register(app: ChatStreamApp, homes: Mapping[int, str], stores: Mapping[str, ReadStore]) -> None:
    """Declare the agent `chat.reads`; `stores` by database name."""
    sink = ReadSink(app, homes, stores)
    settings = app.chatstream.batch.model_copy(update={"size": AT_ONCE})
    declare(app, "chat.reads", [REQUEST], sink, settings=settings, pace=PACE)
