"""kakao.ugc.subscription: whose posts an account wants to see in its feed."""

from __future__ import annotations

from schemas.records.base import AnswerRecord, FactRecord, Plain, RequestRecord, Uuid


class SubscriptionAsked(RequestRecord, frozen=True, kw_only=True):
    """What every wish about a subscription has; `accountId` is the subscriber."""

    author_id: Uuid
    requested_at: str


class SubscribeToAuthor(SubscriptionAsked, frozen=True, kw_only=True, tag="subscribeToAuthor"):
    """The account's feed is to show the author's posts, also older ones."""


class UnsubscribeFromAuthor(
    SubscriptionAsked, frozen=True, kw_only=True, tag="unsubscribeFromAuthor"
):
    """The account's feed is to show the author's posts no more."""


class EraseSubscription(SubscriptionAsked, frozen=True, kw_only=True, tag="eraseSubscription"):
    """One of the two is erased: the subscription ends; the wish of the erasure's saga."""


class SubscriptionFact(FactRecord, frozen=True, kw_only=True):
    """What every fact about a subscription has."""

    author_id: Plain
    at: str


class AuthorSubscribed(SubscriptionFact, frozen=True, kw_only=True, tag="authorSubscribed"):
    """Fact: the account subscribes to the author."""


class AuthorUnsubscribed(SubscriptionFact, frozen=True, kw_only=True, tag="authorUnsubscribed"):
    """Fact: the account subscribes to the author no more."""


class SubscriptionUnchanged(AnswerRecord, frozen=True, kw_only=True, tag="subscriptionUnchanged"):
    """Answer without a change: it was so already."""

    author_id: Plain
    at: str


class SubscriptionRefused(AnswerRecord, frozen=True, kw_only=True, tag="subscriptionRefused"):
    """Outcome of a wish about a subscription that was refused."""

    author_id: Plain
    code: str
    reason: str
    at: str


SubscriptionRequest = SubscribeToAuthor | UnsubscribeFromAuthor | EraseSubscription
SubscriptionResponse = (
    AuthorSubscribed | AuthorUnsubscribed | SubscriptionUnchanged | SubscriptionRefused
)
