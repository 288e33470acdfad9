"""The records that tell of wishes about posts: facts, kept as they are told; other answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from chatstream.domain.content import posts as rules
from chatstream.domain.content.attention import Attention, AttentionAct
from chatstream.domain.content.posts import ContentChange, HeldPost, PostVersion, begin
from chatstream.domain.content.texts import Draft
from chatstream.domain.decisions import Accept, Decision, Refuse
from chatstream.domain.lines import Fact, Numbers
from chatstream.domain.times import to_text
from chatstream.errors import ErrorCode
from chatstream.ports.contents import ContentAct, ContentAnswer, ContentWish
from schemas import records

_KEPT = (
    *(ContentAct.WRITE, ContentAct.EDIT, ContentAct.DELETE),
    *(ContentAct.LIKE, ContentAct.UNLIKE),
)
"""Whose answers without a change are kept: the others may come again at any time."""
_WRITING = (ContentAct.WRITE, ContentAct.EDIT)
"""Who asks is told how the latest version stands, if it was so already."""
_ATTENTION = {
    ContentAct.LIKE: AttentionAct.LIKE,
    ContentAct.UNLIKE: AttentionAct.UNLIKE,
    ContentAct.VIEW: AttentionAct.VIEW,
}


@dataclass(frozen=True, slots=True)
class Traces:
    """What an account left at a post: a like, and so many views."""

    likes: int = 0
    views: int = 0


class VisiblePosts(Mapping[str, HeldPost]):
    """The posts that readers see, as they are at this point of a batch.

    One that they see no more can still be asked for its counts.
    """

    def __init__(self, held: Mapping[str, HeldPost]) -> None:
        self._held = held

    def __getitem__(self, content_id: str) -> HeldPost:
        return self._held[content_id]

    def __contains__(self, content_id: object) -> bool:
        post = self._held.get(str(content_id))
        return post is not None and post.is_visible

    def __iter__(self) -> Iterator[str]:
        return (each for each in self._held if each in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass(slots=True, kw_only=True)
class Posts:
    """The posts of a batch under their locks, who is erased, and what must be written.

    `attention` is what holds between them and their readers, None where no reader asks; `traces`
    by post and account, of whoever is being erased.
    """

    held: dict[str, HeldPost] = field(default_factory=dict)
    attention: Attention | None = None
    erased: frozenset[str] = frozenset()
    traces: Mapping[tuple[str, str], Traces] = field(default_factory=dict)
    changed: dict[str, HeldPost] = field(default_factory=dict)
    published: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    forgotten: list[tuple[str, str]] = field(default_factory=list)


def answer(numbers: Numbers, posts: Posts, index: int, wish: ContentWish) -> ContentAnswer:
    """Carry out the wish with this index and answer it, by its fact or by one other record."""
    if former := numbers.former.get(wish.identity):
        return _told(index, former[0])
    decision = _decide(posts, wish)
    if wish.act in _KEPT:
        decision = numbers.settled.uphold(wish, decision)
    if not isinstance(decision, Accept):
        unmoved = _unmoved(numbers, posts.held.get(wish.content_id), wish, decision)
        return ContentAnswer(index, None, records.encode(unmoved))
    return _told(index, _changed(numbers, posts, wish, decision.changes[0]))


def _told(index: int, fact: Fact) -> ContentAnswer:
    return ContentAnswer(index, fact.fact_no, fact.values["body"].encode())


def _decide(posts: Posts, wish: ContentWish) -> Decision[ContentChange]:
    post, who = posts.held.get(wish.content_id), wish.account_id
    is_erased = who in posts.erased
    match wish.act:
        case ContentAct.WRITE:
            return rules.decide_write(post, who, _draft(wish), is_erased=is_erased)
        case ContentAct.EDIT:
            draft = _edited(post, wish)
            return rules.decide_edit(post, who, wish.version or 0, draft, is_erased=is_erased)
        case ContentAct.DELETE:
            return rules.decide_delete(post, who, wish.version, is_erased=is_erased)
        case ContentAct.APPLY_VERDICT if wish.verdict is not None:
            return rules.decide_verdict(post, wish.version or 0, wish.verdict, is_erased=is_erased)
        case ContentAct.ERASE:
            has_left = (wish.content_id, who) in posts.traces
            return rules.decide_erasure(post, who, has_left_traces=has_left)
        case ContentAct.LIKE | ContentAct.UNLIKE | ContentAct.VIEW if posts.attention is not None:
            return rules.ERASED if is_erased else _notice(posts.attention, wish)
        case _:
            raise TypeError(f"{wish.act} without what it goes by")


def _notice(attention: Attention, wish: ContentWish) -> Decision[ContentChange]:
    decision = attention.decide(_ATTENTION[wish.act], wish.content_id, wish.account_id)
    if not isinstance(decision, Accept):
        return decision
    return Accept(tuple(ContentChange(each) for each in decision.changes))


def _draft(wish: ContentWish) -> Draft:
    return Draft(title=wish.title or "", body=wish.body or "", tags=wish.tags or ())


def _edited(post: HeldPost | None, wish: ContentWish) -> Draft | None:
    latest = None if post is None else post.latest
    return None if latest is None else latest.draft.changed(wish.title, wish.body, wish.tags)


def _changed(numbers: Numbers, posts: Posts, wish: ContentWish, change: ContentChange) -> Fact:
    """Apply the change, and keep the fact that tells of it."""
    record = _APPLY[change](numbers, posts, wish)
    return numbers.add(
        wish,
        content_id=wish.content_id,
        account_id=record.account_id or None,
        version=getattr(record, "version", None),
        body=records.encode(record).decode(),
    )


def _base(numbers: Numbers, wish: ContentWish, post: HeldPost) -> dict[str, Any]:
    """What every fact has; that of an erasure names nobody."""
    return {
        "request_id": wish.request_id,
        "account_id": "" if wish.act is ContentAct.ERASE else wish.account_id,
        "fact_no": numbers.heads[wish.partition] + 1,
        "content_id": wish.content_id,
        "author_id": post.author_id or "",
        "at": to_text(numbers.now),
    }


def _text(version: PostVersion) -> dict[str, Any]:
    draft = version.draft
    return {"title": draft.title, "body": draft.body, "tags": draft.tags}


def _written(numbers: Numbers, posts: Posts, wish: ContentWish) -> records.VersionWritten:
    post = posts.held.get(wish.content_id)
    draft = _edited(post, wish) or _draft(wish)
    if post is None:
        post = posts.held[wish.content_id] = begin(wish.account_id, draft)
    else:
        post.write(draft)
    posts.changed[wish.content_id] = post
    base = _base(numbers, wish, post)
    return records.VersionWritten(
        **base, version=post.version, **_text(post.versions[post.version])
    )


def _heard(numbers: Numbers, posts: Posts, wish: ContentWish) -> tuple[HeldPost, PostVersion]:
    post = posts.held[wish.content_id]
    if wish.verdict is None:
        raise TypeError("a wish to apply a verdict has one")
    post.hear(wish.verdict, numbers.now)
    posts.changed[wish.content_id] = post
    return post, post.versions[post.version]


def _published(numbers: Numbers, posts: Posts, wish: ContentWish) -> records.VersionPublished:
    post, version = _heard(numbers, posts, wish)
    posts.published.add(wish.content_id)
    return records.VersionPublished(
        **_base(numbers, wish, post),
        version=post.version,
        **_text(version),
        first_published_at=to_text(post.first_published_at or numbers.now),
        edited_at=None if post.edited_at is None else to_text(post.edited_at),
        likes=post.likes,
        views=post.views,
    )


def _refused(numbers: Numbers, posts: Posts, wish: ContentWish) -> records.VersionRefused:
    post, version = _heard(numbers, posts, wish)
    return records.VersionRefused(
        **_base(numbers, wish, post),
        version=post.version,
        reasons=version.reasons,
        note=version.note,
    )


def _in_review(numbers: Numbers, posts: Posts, wish: ContentWish) -> records.VersionInReview:
    post, version = _heard(numbers, posts, wish)
    return records.VersionInReview(
        **_base(numbers, wish, post), version=post.version, reasons=version.reasons
    )


def _deleted(numbers: Numbers, posts: Posts, wish: ContentWish) -> records.ContentDeleted:
    post = posts.held[wish.content_id]
    post.delete()
    if wish.act is ContentAct.ERASE:
        post.author_id = None
        _forget(posts, post, wish)
    posts.changed[wish.content_id] = post
    posts.deleted.add(wish.content_id)
    return records.ContentDeleted(**_base(numbers, wish, post))


def _traces(numbers: Numbers, posts: Posts, wish: ContentWish) -> records.TracesErased:
    post = posts.held[wish.content_id]
    _forget(posts, post, wish)
    posts.changed[wish.content_id] = post
    base = {**_base(numbers, wish, post), "author_id": ""}
    return records.TracesErased(**base, likes=post.likes, views=post.views)


def _noticed(numbers: Numbers, posts: Posts, wish: ContentWish) -> records.ContentFact:
    if posts.attention is None:
        raise TypeError("what readers do is read before it is decided about")
    posts.attention.apply(_ATTENTION[wish.act], wish.content_id, wish.account_id)
    post = posts.held[wish.content_id]
    base = {**_base(numbers, wish, post), "author_id": ""}
    match wish.act:
        case ContentAct.LIKE:
            return records.ContentLiked(**base, likes=post.likes)
        case ContentAct.UNLIKE:
            return records.ContentUnliked(**base, likes=post.likes)
        case _:
            return records.ContentViewed(**base, views=post.views)


def _forget(posts: Posts, post: HeldPost, wish: ContentWish) -> None:
    place = wish.content_id, wish.account_id
    left = posts.traces.get(place, Traces())
    post.likes -= left.likes
    post.views -= left.views
    posts.traces = {key: each for key, each in posts.traces.items() if key != place}
    posts.forgotten.append(place)


_APPLY: Mapping[ContentChange, Callable[[Numbers, Posts, ContentWish], records.ContentFact]] = {
    ContentChange.WRITTEN: _written,
    ContentChange.PUBLISHED: _published,
    ContentChange.REFUSED: _refused,
    ContentChange.IN_REVIEW: _in_review,
    ContentChange.DELETED: _deleted,
    ContentChange.TRACES_ERASED: _traces,
    ContentChange.LIKED: _noticed,
    ContentChange.UNLIKED: _noticed,
    ContentChange.VIEWED: _noticed,
}


def _unmoved(
    numbers: Numbers, post: HeldPost | None, wish: ContentWish, decision: Decision[ContentChange]
) -> records.ContentUnchanged | records.ContentWishRefused:
    base: dict[str, Any] = {
        "request_id": wish.request_id,
        "account_id": wish.account_id,
        "content_id": wish.content_id,
        "at": to_text(numbers.now),
    }
    if isinstance(decision, Refuse):
        is_conflict = decision.code is ErrorCode.VERSION_CONFLICT and post is not None
        version = post.version if is_conflict and post is not None else None
        return records.ContentWishRefused(
            **base, code=str(decision.code), reason=decision.reason, version=version
        )
    latest = None if post is None or wish.act not in _WRITING else post.latest
    if post is None or latest is None or post.author_id != wish.account_id:
        return records.ContentUnchanged(**base)
    state: Any = str(latest.state)
    return records.ContentUnchanged(**base, version=post.version, state=state)
