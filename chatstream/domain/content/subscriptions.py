"""Who may subscribe to whom: one-sided, as friends are, and nobody is asked.

Who is blocked by the author does not find them. A block, of either side, ends no subscription:
while it holds, the feed leaves the author out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from chatstream.domain.decisions import Accept, Decision, Refuse, Unchanged
from chatstream.errors import ErrorCode


class SubscriptionAct(StrEnum):
    """What is asked about a subscription; ERASE ends it since one of the two is erased."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    ERASE = "erase"


GONE = Refuse(ErrorCode.NOT_AUTHENTICATED, "the account is gone")
NO_AUTHOR = Refuse(ErrorCode.USER_NOT_FOUND, "there is no such user")
ONESELF = Refuse(ErrorCode.CANNOT_SUBSCRIBE_SELF, "this is the own account")

# (the subscriber's account id, the author's)
Pair = tuple[str, str]


@dataclass(slots=True)
class Readership:
    """The people that a batch names and what holds between them, wish after wish.

    `present` are the accounts that are there; `before` the pairs that were subscribed, `blocked`
    those whose author blocks the subscriber. `decided` says what each pair is by now.
    """

    present: frozenset[str]
    before: frozenset[Pair]
    blocked: frozenset[Pair] = frozenset()
    decided: dict[Pair, bool] = field(default_factory=dict)

    def decide(
        self, act: SubscriptionAct, subscriber_id: str, author_id: str
    ) -> Decision[SubscriptionAct]:
        """Judge an act, on what the former ones left."""
        pair = (subscriber_id, author_id)
        if act is SubscriptionAct.ERASE:
            return Accept((act,)) if self.holds(pair) else Unchanged()
        if subscriber_id not in self.present:
            return GONE
        if author_id not in self.present:
            return NO_AUTHOR
        wanted = act is SubscriptionAct.SUBSCRIBE
        if wanted and author_id == subscriber_id:
            return ONESELF
        if wanted is self.holds(pair):
            return Unchanged()
        if wanted and pair in self.blocked:
            return NO_AUTHOR
        return Accept((act,))

    def apply(self, act: SubscriptionAct, subscriber_id: str, author_id: str) -> None:
        """Carry out what was accepted."""
        self.decided[subscriber_id, author_id] = act is SubscriptionAct.SUBSCRIBE

    def holds(self, pair: Pair) -> bool:
        """Whether the one is subscribed to the other by now."""
        return self.decided.get(pair, pair in self.before)

    @property
    def begun(self) -> list[Pair]:
        """The pairs that are subscribed and were not, in order."""
        return sorted(pair for pair, holds in self.decided.items() if holds > (pair in self.before))

    @property
    def ended(self) -> list[Pair]:
        """The pairs that were subscribed and are not, in order."""
        return sorted(pair for pair, holds in self.decided.items() if holds < (pair in self.before))
