"""A published post as the search keeps it."""

from __future__ import annotations

from dataclasses import dataclass

from chatstream.domain.content.texts import tag_key
from chatstream.domain.documents import CONTENTS, ECS_VERSION, Document
from chatstream.domain.folding import fold

POSTS = "posts"
INDEX = f"{CONTENTS}-{POSTS}"
"""One for all: the fact that a post is deleted does not say when it was published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedPost:
    """A post as its fact number `rev` leaves it; `at` is its first publication.

    `title` is None when it is deleted: then nothing of it is kept, and `at` is when it was.
    """

    content_id: str
    rev: int
    at: str
    version: int = 0
    author_id: str = ""
    title: str | None = None
    body: str = ""
    tags: tuple[str, ...] = ()


def post_document(post: IndexedPost) -> Document:
    """The search document of a post; a later fact about it replaces an earlier one.

    Its tags are there by their keys. A deleted post keeps an empty document: that of an earlier
    fact cannot come back over it.
    """
    content: dict[str, object] = {"id": post.content_id, "rev": post.rev}
    body: dict[str, object] = {
        "@timestamp": post.at,
        "ecs": {"version": ECS_VERSION},
        "event": {"module": "chatstream", "dataset": "chatstream.content"},
        "chatstream": {"content": content},
    }
    if post.title is not None:
        tags = [*map(tag_key, post.tags)]
        content |= {"version": post.version, "tags": tags, "title": post.title}
        body["message"] = post.body
        body["folded"] = fold(f"{post.title}\n{post.body}")
        body["user"] = {"id": post.author_id}
    return Document(INDEX, post.content_id, body, post.rev)
