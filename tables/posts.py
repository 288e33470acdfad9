"""`posts`: what everybody sees of a post, with its counts, for those who read it.

Keys are `partition:contentId`, values `[fact number, post]`; of a deleted post the post is null, so
that an older fact cannot bring it back. The cursor of the line is the key `partition:`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from infra.faust.app import ChatStreamApp
from schemas import records
from tables.base import DurableTable
from tables.base import declare as declare_table
from tables.partition_keyed import PartitionKeyed
from tables.words import Line

# As JSON, under the names of the public answer.
Post = dict[str, Any]


class PostTable(PartitionKeyed):
    """The published posts by id."""

    def __init__(self, app: ChatStreamApp, table: DurableTable) -> None:
        super().__init__(app, table)
        self.line = Line(table)

    def readable(self) -> Collection[int]:
        """The partitions that this worker owns and has recovered."""
        return self.table.active_partitions() if self.app.serving else ()

    def post(self, partition: int, content_id: str) -> Post | None:
        """The post as the facts up to the cursor leave it; None when there is none to be seen."""
        found = self.values(partition, [content_id]).get(content_id)
        post: Post | None = None if found is None else found[1]
        return post

    async def count(self, partition: int, cursor: int, facts: Sequence[Any]) -> int:
        """Apply facts that follow the cursor without a gap; durable on return: the new cursor."""
        held = self.values(partition, {each.content_id for each in facts})
        changed: dict[str, list[Any]] = {}
        for fact in facts:
            old = changed.get(fact.content_id) or held.get(fact.content_id)
            if old is None or old[0] < fact.fact_no:
                new = apply(None if old is None else old[1], fact)
                if new is not None or old is not None:
                    changed[fact.content_id] = [fact.fact_no, new]
        if changed:
            await self.put(partition, changed)
        return int(facts[-1].fact_no)


def apply(post: Post | None, fact: records.ContentFact) -> Post | None:
    """The post after the fact; None before it is published, and for ever when it is deleted."""
    match fact:
        case records.VersionPublished():
            return _published(fact)
        case records.ContentDeleted():
            return None
    return None if post is None else {**post, **_counts(fact)}


def _published(fact: records.VersionPublished) -> Post:
    return {
        "contentId": fact.content_id,
        "authorId": fact.author_id,
        "version": fact.version,
        "title": fact.title,
        "body": fact.body,
        "tags": list(fact.tags),
        "publishedAt": fact.first_published_at,
        "editedAt": fact.edited_at,
        "likes": fact.likes,
        "views": fact.views,
    }


def _counts(fact: records.ContentFact) -> Mapping[str, int]:
    match fact:
        case records.ContentLiked() | records.ContentUnliked():
            return {"likes": fact.likes}
        case records.ContentViewed():
            return {"views": fact.views}
        case records.TracesErased():
            return {"likes": fact.likes, "views": fact.views}
    return {}


def declare(app: ChatStreamApp) -> PostTable:
    """Declare the table on the content app."""
    help_text = "published posts and their counts: what everybody sees"
    return PostTable(app, declare_table(app, "posts", help_text, fact_at=0))
