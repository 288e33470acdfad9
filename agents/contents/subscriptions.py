"""kakao.ugc.subscription.REQUEST: subscriptions begin and end; facts on RESPONSE."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from agents.loop.batching import declare
from agents.loop.wish_sink import Answer, Asked, WishSink
from chatstream.domain.content.subscriptions import SubscriptionAct
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode
from chatstream.ports.feeds import SubscriptionStore, SubscriptionWish
from infra.faust.app import ChatStreamApp
from schemas import records
from schemas.contexts.contents import SUBSCRIPTION

LANE = "subscriptions"

_ACTS: Mapping[type[records.SubscriptionAsked], SubscriptionAct] = {
    records.SubscribeToAuthor: SubscriptionAct.SUBSCRIBE,
    records.UnsubscribeFromAuthor: SubscriptionAct.UNSUBSCRIBE,
    records.EraseSubscription: SubscriptionAct.ERASE,
}


class SubscriptionSink(WishSink[records.SubscriptionAsked, SubscriptionStore]):
    """Wishes about subscriptions; `subscribers_wait` is called when one may wait, committed."""

    stream = SUBSCRIPTION

    def __init__(
        self,
        app: ChatStreamApp,
        stores: Mapping[str, SubscriptionStore],
        subscribers_wait: Callable[[], None],
    ) -> None:
        super().__init__(app, stores)
        self._subscribers_wait = subscribers_wait

    async def carry_out(
        self, lane: str, generation: int | None, asked: Sequence[Asked[records.SubscriptionAsked]]
    ) -> Sequence[Answer]:
        """See WishSink."""
        wishes = [wish_of(each.partition, each.record) for each in asked]
        answers = await self.stores[lane].carry_out(generation, wishes)
        if any(wish.act is SubscriptionAct.SUBSCRIBE for wish in wishes):
            self._subscribers_wait()
        return [(each.wish, each.body) for each in answers]

    def refusal(
        self, record: records.SubscriptionAsked, code: ErrorCode, reason: str
    ) -> records.SubscriptionRefused:
        """See WishSink."""
        return records.SubscriptionRefused(
            request_id=record.request_id,
            account_id=record.account_id,
            author_id=record.author_id,
            code=str(code),
            reason=reason,
            at=now_text(),
        )


def wish_of(partition: int, record: records.SubscriptionAsked) -> SubscriptionWish:
    """What a record in a partition asks."""
    return SubscriptionWish(
        partition=partition,
        request_id=record.request_id,
        account_id=record.account_id,
        author_id=record.author_id,
        act=_ACTS[type(record)],
    )


def register(
    app: ChatStreamApp, store: SubscriptionStore, subscribers_wait: Callable[[], None]
) -> None:
    """Declare the agent `content.subscriptions`."""
    sink = SubscriptionSink(app, {LANE: store}, subscribers_wait)
    declare(app, "content.subscriptions", [SUBSCRIPTION.request.name], sink)
