"""Which lines can be read back, and from where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest

from infra.postgres.facts import PostgresFacts
from infra.postgres.pool import Database
from schemas.catalogue import CONTEXTS
from schemas.contexts.reading import READ
from schemas.databases import CHAT, CONTENT, COUPON
from schemas.streams import Kind

KEPT = [(context, stream) for context in CONTEXTS for stream in context.streams if stream.kept_in]


class OneRow:
    """A database that answers each question with a row, and keeps the question."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Sequence[Any]]] = []

    async def fetch(self, sql: str, parameters: Sequence[Any]) -> list[tuple[int, str]]:
        self.asked.append((sql, parameters))
        return [(2, "told")]


def reader(database: OneRow) -> PostgresFacts:
    one = cast(Database, database)
    return PostgresFacts({3: "one"}, {"one": one}, {COUPON: one, CONTENT: one})


async def test_a_line_that_is_kept_as_it_is_told_is_read_from_its_own_table() -> None:
    assert KEPT
    for _, stream in KEPT:
        database = OneRow()
        found = await reader(database).facts(stream.response.name, 3, 1, 2)
        assert found == [(2, b"told")]
        [(sql, parameters)] = database.asked
        assert f" {stream.kept_in} " in sql
        assert tuple(parameters) == (3, 1, 2)


def test_what_is_kept_so_is_the_outcome_of_wishes_in_the_databases_of_its_context() -> None:
    for context, stream in KEPT:
        assert Kind.RESPONSE in stream.topics
        assert context.lineage in (CHAT, COUPON, CONTENT)


async def test_a_stream_without_facts_has_no_line() -> None:
    with pytest.raises(LookupError, match="has no fact line here"):
        await reader(OneRow()).facts(READ.response.name, 3, 1, 2)
