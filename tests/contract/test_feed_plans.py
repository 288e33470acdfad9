"""A page of a feed costs what is shown and whom one subscribes to, not what is stored."""

from __future__ import annotations

import re
import uuid

import pytest

from infra.postgres.feed_reader import FEED
from tests.generated import cursor_on, plan_of

AUTHORS = 200
MERGED = 20
POSTS = 50
LIMIT = 21

_EMPTY = "truncate contents, versions, subscriptions, authors, feed, fan_outs, block_facts cascade"
_AUTHORS = """
insert into authors (author_id, followers, is_merged)
select gen_random_uuid(), 1, n <= %s from generate_series(1, %s) as n
"""
_POSTS = """
insert into contents (content_id, author_id, version, published_version, first_published_at)
select gen_random_uuid(), author_id, 1, 1, now() - random() * interval '100 days'
from authors, generate_series(1, %s)
"""
_SUBSCRIPTIONS = """
insert into subscriptions (subscriber_id, author_id, at, is_filled, pushed_from)
select r, author_id, now(), true,
    case when is_merged then 'infinity' else '-infinity' end::timestamptz
from authors, unnest(%s::uuid[]) as r
"""
_FEED = """
insert into feed (subscriber_id, first_published_at, content_id, author_id)
select s.subscriber_id, c.first_published_at, c.content_id, c.author_id
from subscriptions s join contents c using (author_id) join authors a using (author_id)
where not a.is_merged
"""
SCAN = re.compile(r"Seq Scan on (\w+)")
ROWS = re.compile(r"Scan .* on (contents|feed)\b.*\(actual rows=(\d+)[.\d]* loops=(\d+)\)")


@pytest.fixture
def reader(postgres_content: str) -> str:
    """Somebody who subscribes to all authors, as do 19 others."""
    readers = [str(uuid.uuid4()) for _ in range(20)]
    with cursor_on(postgres_content) as cursor:
        cursor.execute(_EMPTY)
        cursor.execute(_AUTHORS, (MERGED, AUTHORS))
        cursor.execute(_POSTS, (POSTS,))
        cursor.execute(_SUBSCRIPTIONS, (readers,))
        cursor.execute(_FEED)
        cursor.execute("analyze")
    return readers[0]


@pytest.mark.parametrize("at", [None, "2000-01-01T00:00:00Z", "now"])
def test_a_page_is_read_by_keys(postgres_content: str, reader: str, at: str | None) -> None:
    with cursor_on(postgres_content) as cursor:
        if at == "now":
            cursor.execute("select (now() - interval '50 days')::text")
            at = cursor.fetchone()[0]
    place = {"me": reader, "at": at, "id": str(uuid.UUID(int=0)), "limit": LIMIT}
    plan = plan_of(postgres_content, FEED, place)
    assert SCAN.findall(plan) == [], plan
    looked_at = sum(int(rows) * int(loops) for _, rows, loops in ROWS.findall(plan))
    # The page in the pushed rows, each looked up; the first post of each merged author; their page.
    assert looked_at <= 2 * LIMIT + MERGED + LIMIT * LIMIT, plan
