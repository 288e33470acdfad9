"""kakao.user.friend.REQUEST: friends and blocks become rows and facts on RESPONSE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from faust.types import EventT

from agents.batching import declare
from agents.wishes import check_partition, reject_wish
from chatstream.domain.accounts import check_handle
from chatstream.domain.messages import check_uuid
from chatstream.domain.people import Act
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode, PoisonMessage, UserError
from chatstream.ports.people import FriendChange, FriendOutcome, FriendStore, FriendWish
from infra.kafka.app import ChatStreamApp
from infra.kafka.producer import Outgoing, send_all
from schemas import codec, records, topics

REQUEST = topics.FRIEND_REQUEST.name
RESPONSE = topics.FRIEND_RESPONSE.name
LANE = "auth"

_ACTS: Mapping[type[records.FriendWish], Act] = {
    records.AddFriend: Act.ADD,
    records.RemoveFriend: Act.REMOVE,
    records.BlockUser: Act.BLOCK,
    records.UnblockUser: Act.UNBLOCK,
}
_FACTS: Mapping[Act, type[records.FriendFact]] = {
    Act.ADD: records.FriendAdded,
    Act.REMOVE: records.FriendRemoved,
    Act.BLOCK: records.UserBlocked,
    Act.UNBLOCK: records.UserUnblocked,
}


class FriendSink:
    """Decode, judge and store, emit; see agents.batching.Sink."""

    def __init__(self, app: ChatStreamApp, store: FriendStore) -> None:
        self.app = app
        self.store = store

    def lane_of(self, topic: str, partition: int) -> str:
        """One lane: all people are in one database."""
        return LANE

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Store the batch in one transaction and produce every outcome, facts in order."""
        wishes = [self.parse(event) for event in batch]
        outcomes = await self.store.apply(batch[-1].message.generation_id, wishes)
        await send_all(self.app, [_outgoing(wishes[each.wish], each) for each in outcomes])

    def parse(self, event: EventT) -> FriendWish:
        """The wish of a record; PoisonMessage when it can never be carried out."""
        record: records.FriendWish = codec.decode(REQUEST, event.value)
        try:
            check_uuid("requestId", record.request_id)
            check_uuid("accountId", record.account_id)
            check_handle(record.target_user_id)
        except UserError as error:
            raise PoisonMessage(str(error)) from error
        check_partition(self.app, event, "accountId", record.account_id)
        return FriendWish(
            partition=event.message.partition,
            request_id=record.request_id,
            account_id=record.account_id,
            act=_ACTS[type(record)],
            target_user_id=record.target_user_id,
        )

    async def reject(self, event: EventT, reason: str) -> None:
        """Dead-letter the record; when it names its wish, answer it with a refusal."""

        def refusal(record: records.FriendWish) -> Outgoing:
            code = str(ErrorCode.INVALID_INPUT)
            refused = _refused(record.request_id, record.account_id, code, reason)
            return _to(event.message.partition, refused)

        await reject_wish(self.app, event, reason, refusal)


def _outgoing(wish: FriendWish, outcome: FriendOutcome) -> Outgoing:
    if outcome.change is not None:
        return _to(wish.partition, fact_of(wish.request_id, wish.account_id, outcome.change))
    if outcome.code is not None:
        code, reason = str(outcome.code), outcome.reason
        return _to(wish.partition, _refused(wish.request_id, wish.account_id, code, reason))
    unchanged = records.FriendUnchanged(
        request_id=wish.request_id, account_id=wish.account_id, at=now_text()
    )
    return _to(wish.partition, unchanged)


def fact_of(request_id: str, account_id: str, change: FriendChange) -> records.FriendFact:
    """The record of a stored change."""
    return _FACTS[change.act](
        request_id=request_id,
        account_id=account_id,
        fact_no=change.fact_no,
        user_id=change.user_id,
        target_id=change.target_id,
        target_user_id=change.target_user_id,
        at=change.at,
    )


def _refused(request_id: str, account_id: str, code: str, reason: str) -> records.FriendRefused:
    return records.FriendRefused(
        request_id=request_id, account_id=account_id, code=code, reason=reason, at=now_text()
    )


def _to(partition: int, record: records.AnswerRecord) -> Outgoing:
    return Outgoing(RESPONSE, partition, record.account_id.encode(), records.encode(record))


def register(app: ChatStreamApp, store: FriendStore) -> None:
    """Declare the agent `user.friends`."""
    declare(app, "user.friends", [REQUEST], FriendSink(app, store))
