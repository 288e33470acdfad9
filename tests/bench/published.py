"""Posts by the million, written straight into the content database and the index of the search."""

from __future__ import annotations

import asyncio
import csv
import io
import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from chatstream.domain.content.documents import IndexedPost, post_document
from chatstream.settings import ElasticSettings
from infra.elastic.client import connect
from infra.elastic.sink import ElasticDocuments
from tests.bench.text import messages
from tests.generated import cursor_on

FILLED = 200
"""Posts of each author that are in a subscriber's feed, as the setting has it."""

_BATCH = 20_000
_AUTHORS = """
insert into profiles (account_id, user_id, name)
select a, 'a' || left(a::text, 12), 'Author ' || n
from unnest(%s::uuid[]) with ordinality as t (a, n)
"""
_CONTENTS = """
copy contents (content_id, author_id, version, published_version, first_published_at)
from stdin with (format csv)
"""
_VERSIONS = """
copy versions (content_id, version, title, body, tags, state, written_at)
from stdin with (format csv)
"""
_SUBSCRIBE = """
insert into subscriptions (subscriber_id, author_id, at, is_filled, pushed_from)
select %(reader)s::uuid, a.author_id, now(), true, coalesce(low.first_published_at, '-infinity')
from unnest(%(authors)s::uuid[]) as a (author_id)
left join lateral (
    select c.first_published_at from contents c
    where c.author_id = a.author_id and c.published_version is not null
    order by c.first_published_at desc, c.content_id desc offset %(filled)s - 1 limit 1
) as low on true
"""
_FEED = """
insert into feed (subscriber_id, first_published_at, content_id, author_id)
select s.subscriber_id, c.first_published_at, c.content_id, c.author_id
from subscriptions s join contents c using (author_id)
where s.subscriber_id = %(reader)s::uuid and c.first_published_at >= s.pushed_from
"""
_FOLLOWERS = """
with followed as (
    insert into authors (author_id, followers) values (%(author)s::uuid, %(count)s)
    on conflict (author_id) do update set followers = excluded.followers
)
insert into subscriptions (subscriber_id, author_id, at, is_filled, pushed_from)
select gen_random_uuid(), %(author)s::uuid, now(), true, '-infinity'
from generate_series(1, %(count)s)
"""


@dataclass(frozen=True, slots=True)
class Posts:
    """Who has published: each author has as many of the posts as every other, spread over time."""

    authors: Sequence[str]


def handle(author: str) -> str:
    """The user ID of an author."""
    return f"a{author[:12]}"


def publish(dsn: str, settings: ElasticSettings, count: int, indexed: int, authors: int) -> Posts:
    """So many posts in the database, the first `indexed` of them in the index too. Blocks."""
    made = Posts([str(uuid.uuid4()) for _ in range(authors)])
    with cursor_on(dsn) as cursor:
        cursor.execute(_AUTHORS, (list(made.authors),))
    asyncio.run(_write(dsn, settings, _posts(made, count), indexed))
    with cursor_on(dsn) as cursor:
        cursor.execute("analyze")
    return made


def subscribe(dsn: str, reader: str, authors: Sequence[str]) -> None:
    """The account subscribes to all of them, and its feed is filled as the service does it."""
    with cursor_on(dsn) as cursor:
        place = {"reader": reader, "authors": list(authors), "filled": FILLED}
        cursor.execute(_SUBSCRIBE, place)
        cursor.execute(_FEED, place)
        cursor.execute("analyze")


def follow(dsn: str, author: str, count: int) -> None:
    """So many accounts that nobody knows subscribe to the author."""
    with cursor_on(dsn) as cursor:
        cursor.execute(_FOLLOWERS, {"author": author, "count": count})


def _posts(made: Posts, count: int) -> Iterator[IndexedPost]:
    chance = random.Random(11)
    for number, text in enumerate(messages(11, count)):
        day, second = chance.randint(1, 28), chance.randrange(86_400)
        clock = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
        yield IndexedPost(
            content_id=str(uuid.uuid4()),
            rev=1,
            at=f"2025-{chance.randint(1, 12):02d}-{day:02d}T{clock}.000Z",
            version=1,
            author_id=made.authors[number % len(made.authors)],
            title=" ".join(text.split()[:3]),
            body=text,
            tags=(f"tag{number % 100}",),
        )


async def _write(
    dsn: str, settings: ElasticSettings, posts: Iterator[IndexedPost], indexed: int
) -> None:
    async with connect(settings) as client:
        store = ElasticDocuments(client, settings)
        while batch := list(islice(posts, _BATCH)):
            await asyncio.to_thread(_store, dsn, batch)
            found, indexed = batch[:indexed], max(0, indexed - len(batch))
            written = await store.write([post_document(each) for each in found])
            if written.refused or written.delayed:
                raise RuntimeError(f"not indexed: {written}")


def _store(dsn: str, posts: Sequence[IndexedPost]) -> None:
    with cursor_on(dsn) as cursor:
        contents = ((p.content_id, p.author_id, 1, 1, p.at) for p in posts)
        cursor.copy_expert(_CONTENTS, _csv(contents))
        versions = (
            (p.content_id, 1, p.title, p.body, f"{{{','.join(p.tags)}}}", "published", p.at)
            for p in posts
        )
        cursor.copy_expert(_VERSIONS, _csv(versions))


def _csv(rows: Iterator[tuple[Any, ...]]) -> io.StringIO:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    text.seek(0)
    return text
