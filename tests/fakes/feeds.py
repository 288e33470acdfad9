"""Subscriptions in memory, with the rules of the store; feeds that are pushed by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from chatstream.domain.content.subscriptions import Readership, SubscriptionAct
from chatstream.domain.decisions import Accept, Refuse
from chatstream.domain.lines import Settled, in_fact_order
from chatstream.domain.times import now_text
from chatstream.errors import TransientFailure
from chatstream.ports.feeds import SubscriptionAnswer, SubscriptionWish, WaitingPushes
from schemas import records


class FakeSubscriptions:
    """ports.feeds.SubscriptionStore; `present` are the accounts that are there."""

    def __init__(self, *present: str) -> None:
        self.present = set(present)
        self.held: set[tuple[str, str]] = set()
        self.facts: dict[str, tuple[int, bytes]] = {}
        self.settled = Settled()
        self.heads: Counter[int] = Counter()

    async def carry_out(
        self, generation: int | None, wishes: Sequence[SubscriptionWish]
    ) -> Sequence[SubscriptionAnswer]:
        """See ports.feeds.SubscriptionStore."""
        return in_fact_order([self._answer(index, wish) for index, wish in enumerate(wishes)])

    def _answer(self, index: int, wish: SubscriptionWish) -> SubscriptionAnswer:
        if wish.request_id in self.facts:
            return SubscriptionAnswer(index, *self.facts[wish.request_id])
        now = Readership(frozenset(self.present), frozenset(self.held))
        decided = now.decide(wish.act, wish.account_id, wish.author_id)
        decision = self.settled.uphold(wish, decided)
        base: dict[str, Any] = {
            "request_id": wish.request_id,
            "account_id": wish.account_id,
            "author_id": wish.author_id,
            "at": now_text(),
        }
        if isinstance(decision, Refuse):
            refused = records.SubscriptionRefused(
                **base, code=str(decision.code), reason=decision.reason
            )
            return SubscriptionAnswer(index, None, records.encode(refused))
        if not isinstance(decision, Accept):
            unchanged = records.SubscriptionUnchanged(**base)
            return SubscriptionAnswer(index, None, records.encode(unchanged))
        return SubscriptionAnswer(index, *self._accepted(wish, base))

    def _accepted(self, wish: SubscriptionWish, base: dict[str, Any]) -> tuple[int, bytes]:
        pair = (wish.account_id, wish.author_id)
        self.heads[wish.partition] += 1
        fact_no = self.heads[wish.partition]
        fact: records.Record
        if wish.act is SubscriptionAct.SUBSCRIBE:
            self.held.add(pair)
            fact = records.AuthorSubscribed(**base, fact_no=fact_no)
        else:
            self.held.discard(pair)
            fact = records.AuthorUnsubscribed(**base, fact_no=fact_no)
        told = self.facts[wish.request_id] = fact_no, records.encode(fact)
        return told


class FakeFanOut:
    """So many batches to push and to fill, and how often was counted anew; away while `is_away`.

    `looks` are those that found the database; `on_look` is called at the beginning of each.
    """

    def __init__(self, pushes: int = 0, fills: int = 0) -> None:
        self.pushes = pushes
        self.fills = fills
        self.recounts = 0
        self.is_away = False
        self.looks: list[str] = []
        self.on_look: Callable[[str], None] = lambda _: None

    async def push(self) -> bool:
        self._look("push")
        self.pushes -= self.pushes > 0
        return self.pushes > 0

    async def fill(self) -> bool:
        self._look("fill")
        self.fills -= self.fills > 0
        return self.fills > 0

    async def waiting(self) -> WaitingPushes:
        self._check()
        return WaitingPushes(self.pushes, 7.0 if self.pushes else 0.0)

    async def recount(self) -> None:
        self._check()
        self.recounts += 1

    def _look(self, look: str) -> None:
        self._check()
        self.looks.append(look)
        self.on_look(look)

    def _check(self) -> None:
        if self.is_away:
            raise TransientFailure("content: away")
