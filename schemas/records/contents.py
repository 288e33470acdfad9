"""kakao.ugc.content: what people publish, version by version, and what readers do with it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from schemas.records.base import (
    AnswerRecord,
    FactRecord,
    Plain,
    RequestRecord,
    Secret,
    Uuid,
)
from schemas.records.erasure import EraseStep, StepReported

Version = Annotated[int, msgspec.Meta(ge=1)]
VersionState = Literal["inspecting", "review", "published", "refused", "superseded"]
VerdictKind = Literal["accepted", "refused", "review"]


class ContentAsked(RequestRecord, frozen=True, kw_only=True):
    """What every wish about a post has."""

    content_id: Uuid
    requested_at: str

    @property
    def key(self) -> str:
        """The post."""
        return self.content_id


class WriteContent(ContentAsked, frozen=True, kw_only=True, tag="writeContent"):
    """A wish for a new post; a second one with its id, author and content changes nothing."""

    title: Secret
    body: Secret
    tags: tuple[Secret, ...] = ()


class EditContent(ContentAsked, frozen=True, kw_only=True, tag="editContent"):
    """A wish for a new version of the post whose latest is `version`; null stays as it is there."""

    version: Version
    title: Secret | None = None
    body: Secret | None = None
    tags: tuple[Secret, ...] | None = None


class DeleteContent(ContentAsked, frozen=True, kw_only=True, tag="deleteContent"):
    """A wish that there is no such post any more; `version`: only if that is the latest."""

    version: Version | None = None


class LikeContent(ContentAsked, frozen=True, kw_only=True, tag="likeContent"):
    """The account likes the post."""


class UnlikeContent(ContentAsked, frozen=True, kw_only=True, tag="unlikeContent"):
    """The account likes the post no more."""


class ViewContent(ContentAsked, frozen=True, kw_only=True, tag="viewContent"):
    """The account was shown the post; counted once a day in Seoul, by the clock of the store."""


class ApplyVerdict(ContentAsked, frozen=True, kw_only=True, tag="applyVerdict"):
    """What an inspection says of a version, its `verdictNo`-th fact; nobody waits.

    `accountId` is the author's.
    """

    version: Version
    verdict: VerdictKind
    verdict_no: int
    reasons: tuple[Plain, ...] = ()
    note: Secret = ""
    appealed: bool = False


class EraseContent(ContentAsked, frozen=True, kw_only=True, tag="eraseContent"):
    """The account is erased: so is the post that it wrote, or what it left at that of another."""


class ContentFact(FactRecord, frozen=True, kw_only=True):
    """What every fact about a post has.

    `authorId` is empty once the author is erased, and in what readers do.
    """

    content_id: Plain
    author_id: Plain
    at: str


class VersionWritten(ContentFact, frozen=True, kw_only=True, tag="versionWritten"):
    """Fact: there is this version, and it is to be inspected; older ones are so no more.

    The text is empty once the post is deleted.
    """

    version: int
    title: Secret
    body: Secret
    tags: tuple[Secret, ...] = ()


class VersionPublished(ContentFact, frozen=True, kw_only=True, tag="versionPublished"):
    """Fact: from now on everybody sees this version; the text is as in VersionWritten.

    `firstPublishedAt` is that of the post. `editedAt` is null in the first version that was seen.
    """

    version: int
    title: Secret
    body: Secret
    tags: tuple[Secret, ...] = ()
    first_published_at: Plain
    edited_at: str | None = None
    likes: int = 0
    views: int = 0


class VersionRefused(ContentFact, frozen=True, kw_only=True, tag="versionRefused"):
    """Fact: the version is not published; `note` is what an operator says of it."""

    version: int
    reasons: tuple[Plain, ...] = ()
    note: Secret = ""


class VersionInReview(ContentFact, frozen=True, kw_only=True, tag="versionInReview"):
    """Fact: a person must look at the version first."""

    version: int
    reasons: tuple[Plain, ...] = ()


class ContentDeleted(ContentFact, frozen=True, kw_only=True, tag="contentDeleted"):
    """Fact: the author deleted the post, or left; its id is never used again."""


class ContentLiked(ContentFact, frozen=True, kw_only=True, tag="contentLiked"):
    """Fact: the account likes the post, as the `likes`-th."""

    likes: int


class ContentUnliked(ContentFact, frozen=True, kw_only=True, tag="contentUnliked"):
    """Fact: the account likes the post no more."""

    likes: int


class ContentViewed(ContentFact, frozen=True, kw_only=True, tag="contentViewed"):
    """Fact: the account was shown the post on this day for the first time."""

    views: int


class TracesErased(ContentFact, frozen=True, kw_only=True, tag="tracesErased"):
    """Fact: an erased account's like and views are no more among those of the post."""

    likes: int
    views: int


class ContentUnchanged(AnswerRecord, frozen=True, kw_only=True, tag="contentUnchanged"):
    """Answer without a change: it was so already; the latest version as it is now, if told."""

    content_id: Plain
    version: int | None = None
    state: VersionState | None = None
    at: str


class ContentWishRefused(AnswerRecord, frozen=True, kw_only=True, tag="contentWishRefused"):
    """Outcome of a wish about a post that was refused; `version` is the latest, in a conflict."""

    content_id: Plain
    code: str
    reason: str
    version: int | None = None
    at: str


class EraseInContent(EraseStep, frozen=True, kw_only=True, tag="eraseInContent"):
    """The content service's step: nothing that the account published or left is there."""


class ErasedInContent(StepReported, frozen=True, kw_only=True, tag="erasedInContent"):
    """What the content service did."""


ContentRequest = (
    WriteContent
    | EditContent
    | DeleteContent
    | LikeContent
    | UnlikeContent
    | ViewContent
    | ApplyVerdict
    | EraseContent
)
ContentResponse = (
    VersionWritten
    | VersionPublished
    | VersionRefused
    | VersionInReview
    | ContentDeleted
    | ContentLiked
    | ContentUnliked
    | ContentViewed
    | TracesErased
    | ContentUnchanged
    | ContentWishRefused
)
