"""What people publish: posts, their inspection before anybody sees them, and subscriptions."""

from __future__ import annotations

from chatstream.domain.content.documents import IndexedPost
from schemas import databases, records, services
from schemas.actions import action, refusal
from schemas.context import Context
from schemas.erasure import ErasureStep
from schemas.paths import MemberPage, OperatorPage, Paths
from schemas.services import FRONT
from schemas.streams import Key, stream

CONTENT = stream(
    "kakao.ugc.content",
    "contentId",
    kept_in="content_facts",
    request=records.ContentRequest,
    response=records.ContentResponse,
)
INSPECTION = stream(
    "kakao.ugc.inspection",
    "contentId",
    kept_in="inspection_facts",
    request=records.InspectionRequest,
    response=records.InspectionResponse,
)
SUBSCRIPTION = stream(
    "kakao.ugc.subscription",
    Key.ACCOUNT,
    kept_in="subscription_facts",
    request=records.SubscriptionRequest,
    response=records.SubscriptionResponse,
)

ERASURE = ErasureStep("content", records.EraseInContent, records.ErasedInContent)

# The Elastic Common Schema has no category for what is published.
NONE: tuple[str, ...] = ()
NO_CHANGE = "it changed nothing"
TOO_OFTEN = "whoever reads leaves no event for every post"


def _published(fact: records.VersionPublished) -> IndexedPost:
    """As the search keeps it."""
    return IndexedPost(
        content_id=fact.content_id,
        rev=fact.fact_no,
        at=fact.first_published_at,
        version=fact.version,
        author_id=fact.author_id,
        title=fact.title,
        body=fact.body,
        tags=fact.tags,
    )


def _deleted(fact: records.ContentDeleted) -> IndexedPost:
    return IndexedPost(content_id=fact.content_id, rev=fact.fact_no, at=fact.at)


CONTEXT = Context(
    name="contents",
    service=services.CONTENT,
    streams=(CONTENT, INSPECTION, SUBSCRIPTION, ERASURE.stream),
    lineage=databases.CONTENT,
    paths=(
        Paths(
            FRONT,
            (
                "/content",
                "/content/feed",
                "/content/popular",
                "/content/preview",
                "/content/subscriptions",
                "/content/subscriptions/{userId}",
                "/content/{contentId}",
                "/content/{contentId}/appeal",
                "/content/{contentId}/like",
                "/content/{contentId}/versions",
                "/feed",
                "/ops/inspections",
                "/ops/inspections/{contentId}",
                "/people/{user_id}",
                "/search/content",
                "/write",
            ),
        ),
    ),
    member_pages=(MemberPage("/feed", "feed.title"),),
    operator_pages=(OperatorPage("/ops/inspections", "inspections.title"),),
    actions=(
        action(records.VersionWritten, NONE, ("creation",)),
        action(records.VersionPublished, NONE, ("change",), said=_published),
        action(records.VersionRefused, NONE, ("denied",)),
        action(records.VersionInReview, NONE, ("change",)),
        action(records.ContentDeleted, NONE, ("deletion",), said=_deleted),
        action(records.ContentLiked, NONE, ("change",)),
        action(records.ContentUnliked, NONE, ("change",)),
        action(records.ModelAsked, NONE, ("info",)),
        action(records.VerdictGiven, NONE, ("change",)),
        action(records.VersionAppealed, NONE, ("change",)),
        action(records.TracesErased, NONE, ("deletion",)),
        action(records.AuthorSubscribed, NONE, ("creation",)),
        action(records.AuthorUnsubscribed, NONE, ("deletion",)),
        refusal(records.ContentWishRefused, NONE),
        refusal(records.InspectionWishRefused, NONE),
        refusal(records.SubscriptionRefused, NONE),
    ),
    unkept={
        records.ContentViewed: TOO_OFTEN,
        records.ContentUnchanged: NO_CHANGE,
        records.InspectionUnchanged: NO_CHANGE,
        records.SubscriptionUnchanged: NO_CHANGE,
    },
    erasure=ERASURE,
)
