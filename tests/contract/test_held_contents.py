"""A post from whoever holds it is the one that Postgres shows; what is one's own is Postgres'."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from chatstream.ports.hot_posts import HotPost
from infra.postgres.content_reader import PostgresContentReader
from infra.postgres.held_contents import HeldContents
from infra.postgres.pool import Database
from schemas import codec
from schemas.contexts.contents import CONTENT
from tables.posts import apply
from tests.contract.content_rig import ContentRig

READER = str(uuid4())


class FakeHot:
    """ports.hot_posts.HotPosts; holds what the test says."""

    def __init__(self) -> None:
        self.held: HotPost | None = None

    async def post(self, content_id: str) -> HotPost | None:
        return self.held

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


def _shown(content: Any) -> dict[str, Any]:
    """As it is told: times to the millisecond."""
    told = {name: getattr(content, name) for name in content.__dataclass_fields__}
    for name in ("published_at", "edited_at"):
        at: datetime | None = told[name]
        told[name] = at and at.astimezone(UTC).isoformat(timespec="milliseconds")
    return {**told, "tags": list(told["tags"])}
