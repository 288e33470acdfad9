"""Posts: who may write, change and delete them, and what a verdict does to a version.

A version is inspected before anybody else sees it; meanwhile the one that was published stays. A
verdict names the version that it is about, and has a number that rises: what is older than the
latest version, deleted, or said before already changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chatstream.domain.content.texts import Draft
from chatstream.domain.decisions import Accept, Decision, Refuse, Unchanged
from chatstream.errors import ErrorCode


class PostState(StrEnum):
    """What has become of a version; the value is what its author is told."""

    INSPECTING = "inspecting"
    REVIEW = "review"
    PUBLISHED = "published"
    REFUSED = "refused"
    SUPERSEDED = "superseded"


class ContentVerdict(StrEnum):
    """What is said of a version: it may be seen, it may not, or a person must look first."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    REVIEW = "review"


class ContentChange(StrEnum):
    """What happens to a post."""

    WRITTEN = "written"
    PUBLISHED = "published"
    REFUSED = "refused"
    IN_REVIEW = "inReview"
    DELETED = "deleted"
    TRACES_ERASED = "tracesErased"
    LIKED = "liked"
    UNLIKED = "unliked"
    VIEWED = "viewed"


ERASED = Refuse(ErrorCode.NOT_AUTHENTICATED, "the account is erased")
NOT_THERE = Refuse(ErrorCode.CONTENT_NOT_FOUND, "there is no such post")
REUSED = Refuse(ErrorCode.CONTENT_ID_REUSED, "the contentId is that of another post")
FOREIGN = Refuse(ErrorCode.NOT_THE_AUTHOR, "only its author changes a post")
CONFLICT = Refuse(ErrorCode.VERSION_CONFLICT, "the post has a later version")

_UNDECIDED = (PostState.INSPECTING, PostState.REVIEW)
_NEXT: Mapping[ContentVerdict, PostState] = {
    ContentVerdict.ACCEPTED: PostState.PUBLISHED,
    ContentVerdict.REFUSED: PostState.REFUSED,
    ContentVerdict.REVIEW: PostState.REVIEW,
}
_CHANGES: Mapping[ContentVerdict, ContentChange] = {
    ContentVerdict.ACCEPTED: ContentChange.PUBLISHED,
    ContentVerdict.REFUSED: ContentChange.REFUSED,
    ContentVerdict.REVIEW: ContentChange.IN_REVIEW,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidOfVersion:
    """A verdict, the `number`-th thing that was said in its line of inspections."""

    verdict: ContentVerdict
    number: int
    reasons: tuple[str, ...] = ()
    note: str = ""
    is_appeal: bool = False


@dataclass(slots=True, kw_only=True)
class PostVersion:
    """A version, and what was said of it last."""

    draft: Draft
    state: PostState
    verdict_no: int = 0
    reasons: tuple[str, ...] = ()
    note: str = ""
    is_appealed: bool = False


@dataclass(slots=True, kw_only=True)
class HeldPost:
    """A post under its lock; `versions` are the first, the latest and the published one.

    A deleted post has no versions; `author_id` is None once the author is erased.
    """

    author_id: str | None
    version: int
    published: int | None = None
    first_published_at: datetime | None = None
    edited_at: datetime | None = None
    is_deleted: bool = False
    likes: int = 0
    views: int = 0
    versions: dict[int, PostVersion] = field(default_factory=dict)

    @property
    def latest(self) -> PostVersion | None:
        """The latest version; None: the post is deleted."""
        return self.versions.get(self.version)

    @property
    def is_visible(self) -> bool:
        """Whether others than the author see it."""
        return self.published is not None and not self.is_deleted

    def write(self, draft: Draft) -> None:
        """The next version; one that was not decided about is so no more."""
        latest = self.latest
        if latest is not None and latest.state in _UNDECIDED:
            latest.state = PostState.SUPERSEDED
        self.version += 1
        self.versions[self.version] = PostVersion(draft=draft, state=PostState.INSPECTING)

    def hear(self, said: SaidOfVersion, now: datetime) -> None:
        """Take the verdict about the latest version; see `decide_verdict`."""
        latest = self.versions[self.version]
        latest.state = _NEXT[said.verdict]
        latest.verdict_no, latest.reasons, latest.note = said.number, said.reasons, said.note
        latest.is_appealed = latest.is_appealed or said.is_appeal
        if latest.state is PostState.PUBLISHED:
            self._publish(now)

    def _publish(self, now: datetime) -> None:
        if self.published is not None:
            self.versions[self.published].state = PostState.SUPERSEDED
            self.edited_at = now
        self.published = self.version
        if self.first_published_at is None:
            self.first_published_at = now

    def delete(self) -> None:
        """Nothing is left of it but that it was there."""
        self.versions.clear()
        self.is_deleted, self.published, self.edited_at = True, None, None


def begin(account_id: str, draft: Draft) -> HeldPost:
    """A new post."""
    post = HeldPost(author_id=account_id, version=0)
    post.write(draft)
    return post


def decide_write(
    post: HeldPost | None, account_id: str, draft: Draft, *, is_erased: bool
) -> Decision[ContentChange]:
    """A new post; with the text that its author began it with it is there already."""
    if is_erased:
        return ERASED
    if post is None:
        return Accept((ContentChange.WRITTEN,))
    first = post.versions.get(1)
    is_same = post.author_id == account_id and first is not None and first.draft == draft
    return Unchanged() if is_same else REUSED


def decide_edit(
    post: HeldPost | None, account_id: str, version: int, changes: Draft | None, *, is_erased: bool
) -> Decision[ContentChange]:
    """Another version of the own post, made from `version`, which must be the latest.

    `changes` is the latest one as it is to be: where it is so already, nothing changes, whatever
    version was named, so that a repeat never fails.
    """
    refusal = _refuse_author(post, account_id, is_erased)
    if refusal is not None or post is None:
        return refusal or NOT_THERE
    latest = post.latest
    if latest is None or changes is None:
        return NOT_THERE
    if latest.draft == changes:
        return Unchanged()
    return Accept((ContentChange.WRITTEN,)) if version == post.version else CONFLICT


def decide_delete(
    post: HeldPost | None, account_id: str, version: int | None, *, is_erased: bool
) -> Decision[ContentChange]:
    """The own post is deleted, if `version` is the latest or None."""
    is_own = post is not None and post.author_id == account_id
    if post is not None and is_own and post.is_deleted and not is_erased:
        return Unchanged()
    refusal = _refuse_author(post, account_id, is_erased)
    if refusal is not None or post is None:
        return refusal or NOT_THERE
    if version is not None and version != post.version:
        return CONFLICT
    return Accept((ContentChange.DELETED,))


def decide_verdict(
    post: HeldPost | None, version: int, said: SaidOfVersion, *, is_erased: bool
) -> Decision[ContentChange]:
    """What is said of the latest version, later than what was said before.

    What is published stays so: only a newer version or its deletion takes its place. Nothing of an
    erased author is published.
    """
    latest = None if post is None else post.latest
    if is_erased or post is None or latest is None or version != post.version:
        return Unchanged()
    if said.number <= latest.verdict_no or latest.state in (
        PostState.PUBLISHED,
        PostState.SUPERSEDED,
    ):
        return Unchanged()
    if _NEXT[said.verdict] is latest.state:
        return Unchanged()
    return Accept((_CHANGES[said.verdict],))


def decide_erasure(
    post: HeldPost | None, account_id: str, *, has_left_traces: bool
) -> Decision[ContentChange]:
    """An account is erased: its post is deleted, and what it left at that of another is gone."""
    if post is None:
        return Unchanged()
    if post.author_id == account_id and not post.is_deleted:
        return Accept((ContentChange.DELETED,))
    return Accept((ContentChange.TRACES_ERASED,)) if has_left_traces else Unchanged()


def _refuse_author(post: HeldPost | None, account_id: str, is_erased: bool) -> Refuse | None:
    """Why the account may not change the post; of what it does not see it hears nothing."""
    if is_erased:
        return ERASED
    if post is None or post.is_deleted:
        return NOT_THERE
    if post.author_id != account_id:
        return FOREIGN if post.is_visible else NOT_THERE
    return None
