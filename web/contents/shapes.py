"""Posts, subscriptions and inspections as the HTTP interface takes and gives them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from chatstream.domain.content.texts import BODY_LENGTH, TAG_LENGTH, TAGS, TITLE_LENGTH
from web.edge.bodies import Shape

State = Literal["inspecting", "review", "published", "refused", "superseded"]
InspectionState = Literal["inspecting", "review", "accepted", "refused", "superseded"]

_MARKDOWN = f"Markdown, 1 to {BODY_LENGTH:,} characters"


# -- what is asked -------------------------------------------------------------------------------


class ContentBody(Shape):
    """The body of POST /content."""

    content_id: str = Field(description="one's own UUID, so that a repeat is one")
    title: str = Field(description=f"1 to {TITLE_LENGTH} characters")
    body: str = Field(description=_MARKDOWN)
    tags: list[str] = Field(
        default_factory=list, description=f"at most {TAGS} of at most {TAG_LENGTH} characters"
    )


class ContentChangeBody(Shape):
    """The body of PATCH /content/{contentId}: what is left out stays; `version` is the latest."""

    version: int = Field(ge=1)
    title: str | None = None
    body: str | None = None
    tags: list[str] | None = None


class PreviewBody(Shape):
    """The body of POST /content/preview."""

    body: str = Field(description=_MARKDOWN)


class AppealBody(Shape):
    """The body of POST /content/{contentId}/appeal."""

    text: str | None = Field(None, description="why, at most 500 characters")


class DecisionBody(Shape):
    """The body of POST /ops/inspections/{contentId}."""

    version: int = Field(ge=1)
    decision: Literal["accept", "refuse"]
    reason: str = Field(description="1 to 500 characters; the author reads it")


class DeleteQuery(Shape):
    """The query of DELETE /content/{contentId}."""

    version: int | None = Field(None, ge=1, description="only if that is the latest")


class ReadQuery(Shape):
    """The query of GET /content/{contentId}."""

    view: bool = Field(True, description="whether the caller reads it: a card is no view")


class PostPageQuery(Shape):
    """The query of a list."""

    cursor: str | None = Field(None, min_length=1, max_length=200)
    limit: int = Field(20, ge=1, le=50)


class ContentsQuery(PostPageQuery):
    """The query of GET /content: exactly one of both."""

    author: str | None = Field(None, min_length=1, max_length=40, description="a userId")
    tag: str | None = Field(None, min_length=1, max_length=100)


class PopularQuery(Shape):
    """The query of GET /content/popular."""

    limit: int = Field(20, ge=1, le=50)


class InspectionsQuery(PostPageQuery):
    """The query of the operators' queue."""

    state: InspectionState = "review"


# -- what is answered ----------------------------------------------------------------------------


class WrittenView(Shape):
    """A version that was written, or was there already, and how it stands."""

    content_id: str
    version: int
    state: State


class PreviewView(Shape):
    """What Markdown becomes."""

    html: str


class PostAuthorView(Shape):
    """Who wrote it, as they are called now."""

    user_id: str
    name: str


class AuthorView(PostAuthorView):
    """An author, and whether the caller subscribes."""

    subscribed: bool


class MineView(Shape):
    """The latest version, as its author is told of it.

    `reasons` name rules, `note` is what an operator said; `appealed`: another look was asked for.
    """

    version: int
    state: State
    reasons: list[str]
    note: str
    appealed: bool


class SummaryView(Shape):
    """A published post in a list; `excerpt` is the beginning of its text. No author: erased."""

    content_id: str
    version: int
    title: str
    excerpt: str
    tags: list[str]
    author: PostAuthorView | None
    published_at: str | None
    edited_at: str | None = None
    likes: int
    views: int
    liked: bool


class ContentView(Shape):
    """A post; `html` is what its body becomes, safe to be shown. `mine` is told its author alone.

    Nobody but the author sees a post before it is published; then `publishedAt` is null.
    """

    content_id: str
    version: int
    title: str
    body: str
    html: str
    tags: list[str]
    author: PostAuthorView | None
    published_at: str | None
    edited_at: str | None = None
    likes: int
    views: int
    liked: bool
    mine: MineView | None = None


class ContentsView(Shape):
    """A page of posts; `cursor` asks for the next one, null at the end.

    `author` is told where the posts of one were asked for.
    """

    contents: list[SummaryView]
    cursor: str | None = None
    author: AuthorView | None = None


class VersionView(Shape):
    """A version, as its author and operators see it."""

    version: int
    title: str
    body: str
    html: str
    tags: list[str]
    state: State
    reasons: list[str]
    note: str
    appealed: bool
    written_at: str


class VersionsView(Shape):
    """All versions, the latest first."""

    versions: list[VersionView]


class SubscriptionView(PostAuthorView):
    """An author to whom the caller subscribes."""

    since: str


class SubscriptionsView(Shape):
    """Whom the caller subscribes to, the latest first; `cursor` asks for the next page."""

    subscriptions: list[SubscriptionView]
    cursor: str | None = None


class PostHitView(SummaryView):
    """A found post; in both highlights matches stand between U+E000 and U+E001, nothing is HTML.

    They are empty where the post has changed since it was found.
    """

    title_highlight: str
    highlight: str


class PostHitsView(Shape):
    """A page of hits; `cursor` asks for the next page, null at the end."""

    hits: list[PostHitView]
    cursor: str | None = None


class InspectionView(Shape):
    """A version that is or was inspected, beside the one that everybody sees.

    `judge` gave the verdict (rules, model or operator); `text` is what its author says in an
    appeal.
    """

    content_id: str
    author: PostAuthorView | None
    state: InspectionState
    since: str
    judge: str | None
    text: str
    inspected: VersionView
    published: VersionView | None


class InspectionsView(Shape):
    """A page of the queue, the longest in its state first."""

    inspections: list[InspectionView]
    cursor: str | None = None


class DecidedView(Shape):
    """What was decided of a version."""

    content_id: str
    version: int
    verdict: Literal["accepted", "refused"]
