"""`posts`: what everybody sees of a post, with its counts, and the newest posts of each author.

Keys are `partition:contentId`, values `[fact number, post]`; of a deleted post the post is null, so
that an older fact cannot bring it back. Keys `partition:!authorId` have what the partition lists of
an author, `[fact number, places, floor]` (chatstream.domain.content.author_pages). The cursor of
the line is the key `partition:`; it proves both.

In a write the lists come before the posts: a changelog that has a deletion has the list without it,
wherever the write was cut off.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from chatstream.domain.content.author_pages import Newest, PageAsked, Place
from infra.faust.app import ChatStreamApp
from schemas import records
from tables.base import DurableTable
from tables.base import declare as declare_table
from tables.partition_keyed import PartitionKeyed, key_of
from tables.words import Line

LAYOUT = 2
"""Of the rows. Whoever finds a cursor of another one counts all facts anew, before any answer."""

# Before every id of a post, and in none.
_LIST = "!"

# As JSON, under the names of the public answer.
Post = dict[str, Any]


class PostLine(Line):
    """The cursor of the posts, with the layout of the rows that it stands for."""

    def cursor(self, partition: int) -> int:
        """The last fact number that is counted in this layout, 0 at the beginning."""
        key = key_of(partition, "")
        _, cursor, *layout = self.table.read(partition, [key]).get(key, (0, 0))
        return int(cursor) if layout == [LAYOUT] else 0

    async def move(self, partition: int, cursor: int) -> None:
        """Write the cursor, after everything it stands for."""
        await self.table.write(partition, {key_of(partition, ""): [0, cursor, LAYOUT]})


class PostTable(PartitionKeyed):
    """The published posts by id, and the newest of each author."""

    def __init__(self, app: ChatStreamApp, table: DurableTable) -> None:
        super().__init__(app, table)
        self.line: Line = PostLine(table)

    def readable(self) -> Collection[int]:
        """The partitions that this worker owns and has recovered."""
        return self.table.active_partitions() if self.app.serving else ()

    def post(self, partition: int, content_id: str) -> Post | None:
        """The post as the facts up to the cursor leave it; None when there is none to be seen."""
        found = self.values(partition, [content_id]).get(content_id)
        post: Post | None = None if found is None else found[1]
        return post

    def kept(self, partition: int, after: str = "") -> Iterator[tuple[str, Any]]:
        """The row of every post after this one, by id; without the lists, which come before."""
        return (row for row in self.rows(partition, after or "0") if row[0] != after)

    def newest(self, partition: int, author_id: str) -> Newest:
        """What the partition lists of an author, as the facts up to the cursor leave it."""
        name = _LIST + author_id
        return _newest(self.values(partition, [name]).get(name))

    def page(
        self, asked: PageAsked, partitions: Collection[int]
    ) -> tuple[Mapping[int, str | None], Sequence[Post]]:
        """The floor of each partition, and the first `asked.most` posts that it asks for."""
        lists = {each: self.newest(each, asked.author_id) for each in partitions}
        begin = None if asked.after is None else asked.after[0]
        places = sorted(
            (
                (place, partition)
                for partition, newest in lists.items()
                for place in newest.places
                if begin is None or place[0] <= begin
            ),
            reverse=True,
        )
        found: list[Post] = []
        while places and len(found) < asked.most:
            found += self._posts(places[: asked.most])
            places = places[asked.most :]
        floors = {partition: newest.floor for partition, newest in lists.items()}
        return floors, found[: asked.most]

    def _posts(self, places: Sequence[tuple[Place, int]]) -> Iterator[Post]:
        """Those of the posts that are to be seen, in this order."""
        ids: dict[int, list[str]] = {}
        for (_, content_id), partition in places:
            ids.setdefault(partition, []).append(content_id)
        rows = {partition: self.values(partition, names) for partition, names in ids.items()}
        for (_, content_id), partition in places:
            row = rows[partition].get(content_id)
            if row is not None and row[1] is not None:
                yield row[1]

    async def count(self, partition: int, cursor: int, facts: Sequence[Any]) -> int:
        """Apply facts that follow the cursor without a gap; durable on return: the new cursor."""
        held = self.values(partition, {each.content_id for each in facts})
        lists = self.values(partition, _lists_of(facts, held))
        changed: dict[str, list[Any] | None] = {}
        for fact in facts:
            old = changed.get(fact.content_id) or held.get(fact.content_id)
            if relisted := relist(lists, old, fact):
                lists |= relisted
                changed |= relisted
            if old is None or old[0] < fact.fact_no:
                new = apply(None if old is None else old[1], fact)
                if new is not None or old is not None:
                    changed[fact.content_id] = [fact.fact_no, new]
        if changed:
            await self.put(partition, changed)
        return int(facts[-1].fact_no)


def relist(
    lists: Mapping[str, list[Any] | None], old: list[Any] | None, fact: records.ContentFact
) -> dict[str, list[Any] | None]:
    """The row of the list that the fact changes, by its name; None: there is none any more.

    `old` is the post's row before it, or a later one where the fact is repeated: what is deleted
    there is never listed again. A deletion without an author is that of an erased one.
    """
    post = None if old is None else old[1]
    match fact:
        case records.VersionPublished() if old is None or post is not None:
            author_id = fact.author_id
        case records.ContentDeleted():
            author_id = fact.author_id if post is None else post["authorId"]
        case _:
            return {}
    name = _LIST + author_id
    row = lists.get(name)
    if not author_id or (row is not None and row[0] >= fact.fact_no):
        return {}
    match fact:
        case records.VersionPublished():
            newest = _newest(row).having((fact.first_published_at, fact.content_id))
        case _:
            newest = _newest(row).lacking(fact.content_id)
    if fact.author_id and newest == _newest(row):
        return {}
    is_gone = not fact.author_id or newest == Newest()
    return {name: None if is_gone else [fact.fact_no, newest.places, newest.floor]}


def _lists_of(facts: Sequence[Any], held: Mapping[str, list[Any]]) -> set[str]:
    """The lists that the facts may change."""
    rows = (held.get(each.content_id) for each in facts)
    authors = {row[1]["authorId"] for row in rows if row is not None and row[1] is not None}
    authors |= {each.author_id for each in facts}
    return {_LIST + each for each in authors if each}


def _newest(row: list[Any] | None) -> Newest:
    if row is None:
        return Newest()
    return Newest(tuple((at, content_id) for at, content_id in row[1]), row[2])


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
    help_text = "published posts with their counts, and the newest of each author"
    return PostTable(app, declare_table(app, "posts", help_text, fact_at=0))
