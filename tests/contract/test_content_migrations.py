"""The schema of posts, brought forward over rows that older releases have written."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import psycopg2
import pytest

from infra.postgres.migrate import upgrade

pytestmark = pytest.mark.servers

_POST = """
insert into contents (content_id, author_id, version, first_published_at)
values (%s, %s, 1, '2026-02-03')
"""
_TAG = "insert into content_tags values (%s, '2026-02-03', %s)"


@pytest.fixture
def dsn(postgres_friend: str) -> Iterator[str]:
    """An empty database of its own."""
    name = f"test-content-{uuid4().hex[:8]}"
    connection = psycopg2.connect(postgres_friend)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'create database "{name}"')
        parts = [each for each in postgres_friend.split() if not each.startswith("dbname=")]
        yield " ".join([*parts, f"dbname={name}"])
        cursor.execute(f'drop database "{name}" with (force)')
    connection.close()


def test_tags_of_older_releases_are_found_by_their_keys(dsn: str) -> None:
    upgrade("content", dsn, "0001")
    ann, post, other = (str(uuid4()) for _ in range(3))
    tags = [("Travel", post), ("travel", other), ("바다", post), ("ＳＥＡ", post), ("Sea", post)]
    with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.executemany(_POST, [(post, ann), (other, ann)])
        cursor.executemany(_TAG, tags)
    connection.close()
    upgrade("content", dsn)
    with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute("select tag, content_id::text from content_tags")
        found = sorted(cursor.fetchall())
    connection.close()
    assert found == sorted([("travel", post), ("travel", other), ("바다", post), ("sea", post)])
