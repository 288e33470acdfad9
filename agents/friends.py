"""kakao.user.friend.REQUEST: friends and blocks become rows and facts on RESPONSE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agents.loop.batching import declare
from agents.loop.wish_sink import Answer, Asked, WishSink
from chatstream.domain.accounts import check_handle
from chatstream.domain.people import FriendAct
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode
from chatstream.ports.people import FriendChangeOutcome, FriendChangeWish, FriendStore
from infra.faust.app import ChatStreamApp
from schemas import records
from schemas.contexts.friends import FRIEND

LANE = "friend"

_ACTS: Mapping[type[records.FriendWish], FriendAct] = {
    records.AddFriend: FriendAct.ADD,
    records.RemoveFriend: FriendAct.REMOVE,
    records.BlockUser: FriendAct.BLOCK,
    records.UnblockUser: FriendAct.UNBLOCK,
}


class FriendSink(WishSink[records.FriendWish, FriendStore]):
    """Wishes about other people."""

    stream = FRIEND

    def check(self, record: records.FriendWish) -> None:
        """The other one is named by a handle."""
        check_handle(record.target_user_id)

    async def carry_out(
        self, lane: str, generation: int | None, asked: Sequence[Asked[records.FriendWish]]
    ) -> Sequence[Answer]:
        """See WishSink."""
        wishes = [wish_of(each.partition, each.record) for each in asked]
        outcomes = await self.stores[lane].carry_out(generation, wishes)
        return [(each.wish, self.answer(asked[each.wish].record, each)) for each in outcomes]

    def answer(
        self, record: records.FriendWish, outcome: FriendChangeOutcome
    ) -> records.FriendResponse:
        """The record that tells what became of the wish."""
        if outcome.change is not None:
            return records.friend_fact(record.request_id, record.account_id, outcome.change)
        if outcome.code is not None:
            return self.refusal(record, outcome.code, outcome.reason)
        return records.FriendUnchanged(
            request_id=record.request_id, account_id=record.account_id, at=now_text()
        )

    def refusal(
        self, record: records.FriendWish, code: ErrorCode, reason: str
    ) -> records.FriendRefused:
        """See WishSink."""
        return records.FriendRefused(
            request_id=record.request_id,
            account_id=record.account_id,
            code=str(code),
            reason=reason,
            at=now_text(),
        )


def wish_of(partition: int, record: records.FriendWish) -> FriendChangeWish:
    """What a record in a partition asks."""
    return FriendChangeWish(
        partition=partition,
        request_id=record.request_id,
        account_id=record.account_id,
        user_id=record.user_id,
        act=_ACTS[type(record)],
        target_user_id=record.target_user_id,
    )


def register(app: ChatStreamApp, store: FriendStore) -> None:
    """Declare the agent `friend.friends`."""
    declare(app, "friend.friends", [FRIEND.request.name], FriendSink(app, {LANE: store}))
