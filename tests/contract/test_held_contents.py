"""Posts from whoever holds them are those that Postgres shows; what is one's own is Postgres'."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from prometheus_client import REGISTRY

from chatstream.domain.content.author_pages import AuthorPart, PageAsked, merged
from chatstream.domain.content.freshness import Unheld
from chatstream.ports.accounts import Profile
from chatstream.ports.blocks import BlockNews
from chatstream.ports.contents import ContentAct
from chatstream.ports.hot_posts import HotPage, HotPost
from infra.postgres.blocks import PostgresBlocks
from infra.postgres.content_reader import PostgresContentReader
from infra.postgres.held_contents import HeldContents
from infra.postgres.pool import Database
from schemas import codec, records
from schemas.contexts.contents import CONTENT
from tables.posts import PostTable, apply
from tests.contract.content_rig import ACCEPT, PARTITIONS, REFUSE, ContentRig, inspect, wish
from tests.contract.paging import every_entry, refuses_foreign_cursors
from tests.fakes.tables import FakeTable, fake_app

READER = str(uuid4())


class FakeHot:
    """ports.hot_posts.HotPosts; holds what the test says, and pages of a table of all facts."""

    def __init__(self, posts: PostTable | None = None) -> None:
        self.held: HotPost | Unheld = Unheld.AWAY
        self.posts = posts
        self.pages: list[HotPage | Unheld] = []

    async def post(self, content_id: str) -> HotPost | Unheld:
        return self.held

    async def page(self, asked: PageAsked) -> HotPage | Unheld:
        if self.posts is None:
            return Unheld.AWAY
        floors, posts = self.posts.page(asked, range(PARTITIONS))
        parts = [AuthorPart(each, 0.1, floor) for each, floor in floors.items()]
        found = merged(asked, parts, posts, partitions=PARTITIONS, took=0.1)
        self.pages.append(found if isinstance(found, Unheld) else HotPage(*found))
        return self.pages[-1]

    async def settle(self, content_id: str, fact_no: int | None) -> None:
        """Nothing is to be waited for."""

    def hold(self, post: Mapping[str, Any] | None) -> None:
        self.held = HotPost(post, 0.1)


async def held_by_facts(contents: ContentRig, content_id: str) -> Mapping[str, Any] | None:
    """What the table of posts has of it."""
    rows = await contents.database.fetch(
        "select body from content_facts where content_id = %s::uuid order by fact_no", (content_id,)
    )
    post = None
    for (body,) in rows:
        post = apply(post, codec.decode(CONTENT.response.name, body.encode()))
    return post


async def test_it_is_the_post_that_postgres_shows(
    contents: ContentRig, content_database: Database
) -> None:
    author = str(uuid4())
    fact = await contents.published(author, title="겨울 바다", tags=("바다",))
    plain, hot = PostgresContentReader(content_database), FakeHot()
    reader = HeldContents(content_database, plain, hot)
    shown = await plain.content(fact.content_id, READER)
    assert shown is not None
    assert await reader.content(fact.content_id, READER) == shown
    hot.hold(await held_by_facts(contents, fact.content_id))
    found = await reader.content(fact.content_id, READER)
    assert found is not None
    assert _shown(found) == _shown(shown)
    # Nobody holds what only its author sees.
    mine = await reader.content(fact.content_id, author)
    assert mine == await plain.content(fact.content_id, author)
    assert mine is not None
    assert mine.mine is not None
    hot.hold(None)
    assert await reader.content(fact.content_id, READER) == shown


async def table_of(database: Database, author: str) -> PostTable:
    """What workers hold of the author's posts, from their facts."""
    table: Any = FakeTable("posts")
    posts = PostTable(fake_app(), table)
    for partition in range(PARTITIONS):
        rows = await database.fetch(
            "select f.body from content_facts f join contents c using (content_id)"
            " where c.author_id = %s::uuid and f.partition = %s order by f.fact_no",
            (author, partition),
        )
        facts = [codec.decode(CONTENT.response.name, body.encode()) for (body,) in rows]
        told = [each for each in facts if isinstance(each, records.ContentFact)]
        if told:
            await posts.count(partition, 0, told)
    return posts


async def many(contents: ContentRig, author: str) -> list[str]:
    """Posts of an author in the order in which they were first published; some are edited."""
    facts = [await contents.published(author, title=f"글 {n}") for n in range(9)]
    hidden = await contents.write(author)
    await contents.inspected(hidden, REFUSE)
    gone = await contents.published(author)
    await contents.do(wish(ContentAct.DELETE, author, gone.content_id))
    for fact in facts[::4]:
        edit = wish(ContentAct.EDIT, author, fact.content_id, version=1, title="고친 글")
        await contents.inspected(*await contents.do(edit))
        await contents.do(
            wish(ContentAct.LIKE, READER, fact.content_id),
            wish(ContentAct.VIEW, READER, fact.content_id),
        )
    return [each.content_id for each in facts]


async def test_an_authors_pages_are_those_that_postgres_shows_wherever_each_comes_from(
    contents: ContentRig, content_database: Database
) -> None:
    author = str(uuid4())
    await contents.profiles.keep([Profile(author, 1, f"u{uuid4().hex[:12]}", "아라")])
    ids = await many(contents, author)
    plain = PostgresContentReader(content_database)
    hot = FakeHot(await table_of(content_database, author))
    reader = HeldContents(content_database, plain, hot)
    for limit in (1, 2, 4, 50):
        cursors: tuple[str | None, str | None] = (None, None)
        found: list[str] = []
        while not found or cursors[0] is not None:
            # The cursor of either is the cursor of both.
            shown = await plain.of_author(author, READER, cursor=cursors[0], limit=limit)
            for cursor in set(cursors):
                page = await reader.of_author(author, READER, cursor=cursor, limit=limit)
                assert list(map(_shown, page[0])) == list(map(_shown, shown[0]))
                assert (page[1] is None) is (shown[1] is None)
            found += [each.content_id for each in shown[0]]
            cursors = shown[1], page[1]
        assert found == ids[::-1]
    assert sum(isinstance(each, HotPage) for each in hot.pages) > len(hot.pages) / 2


async def test_posts_of_one_moment_are_postgres_to_order(
    contents: ContentRig, content_database: Database
) -> None:
    """A batch is carried out at one moment of the database's clock."""
    author = str(uuid4())
    written = [await contents.write(author) for _ in range(5)]
    said = await contents.say(*(inspect(each, ACCEPT) for each in written))
    await contents.heard(*said)
    plain = PostgresContentReader(content_database)
    hot = FakeHot(await table_of(content_database, author))
    reader = HeldContents(content_database, plain, hot)

    async def by_author(cursor: str | None, limit: int) -> Any:
        return await reader.of_author(author, READER, cursor=cursor, limit=limit)

    ids = sorted((each.content_id for each in written), reverse=True)
    assert [each.content_id for each in await every_entry(by_author, 2)] == ids
    assert hot.pages[0] is Unheld.TIED
    await refuses_foreign_cursors(by_author)


async def test_an_authors_page_is_empty_for_whom_a_block_parts_and_postgres_own_for_the_author(
    contents: ContentRig, content_database: Database
) -> None:
    author, blocked, blocker = (str(uuid4()) for _ in range(3))
    await contents.published(author)
    blocks = PostgresBlocks(content_database)
    await blocks.keep([BlockNews(author, blocked, 1, True), BlockNews(blocker, author, 1, True)])
    hot = FakeHot(await table_of(content_database, author))
    reader = HeldContents(content_database, PostgresContentReader(content_database), hot)
    for who, count in ((blocked, 0), (blocker, 0), (READER, 1)):
        page, cursor = await reader.of_author(author, who, cursor=None, limit=9)
        assert (len(page), cursor) == (count, None)
    assert len(hot.pages) == 3
    assert len((await reader.of_author(author, author, cursor=None, limit=9))[0]) == 1
    assert len(hot.pages) == 3


async def test_it_is_counted_who_answered(contents: ContentRig, content_database: Database) -> None:
    author = str(uuid4())
    fact = await contents.published(author)
    hot = FakeHot(await table_of(content_database, author))
    reader = HeldContents(content_database, PostgresContentReader(content_database), hot)

    async def counted(name: str, outcome: str, ask: Any) -> float:
        labels = {"outcome": outcome}
        before = REGISTRY.get_sample_value(name, labels) or 0
        await ask()
        return (REGISTRY.get_sample_value(name, labels) or 0) - before

    def read(who: str) -> Any:
        return lambda: reader.content(fact.content_id, who)

    def page(who: str) -> Any:
        return lambda: reader.of_author(author, who, cursor=None, limit=9)

    posts, pages = "chatstream_hot_posts_total", "chatstream_author_pages_total"
    assert await counted(posts, "away", read(READER)) == 1
    hot.hold(None)
    assert await counted(posts, "none", read(READER)) == 1
    hot.hold(await held_by_facts(contents, fact.content_id))
    assert await counted(posts, "own", read(author)) == 1
    assert await counted(posts, "held", read(author)) == 0
    assert await counted(posts, "held", read(READER)) == 1
    assert await counted(pages, "held", page(READER)) == 1
    assert await counted(pages, "own", page(author)) == 1
    hot.posts = None
    assert await counted(pages, "away", page(READER)) == 1


def _shown(content: Any) -> dict[str, Any]:
    """As it is told: times to the millisecond."""
    told = {name: getattr(content, name) for name in content.__dataclass_fields__}
    for name in ("published_at", "edited_at"):
        at: datetime | None = told[name]
        told[name] = at and at.astimezone(UTC).isoformat(timespec="milliseconds")
    return {**told, "tags": list(told["tags"])}
