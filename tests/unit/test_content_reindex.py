"""The command `content reindex`: what it reads and writes, and what it says when it cannot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from chatstream.commands.cli import cli
from chatstream.commands.content_reindex import ContentReindex, PostLines
from chatstream.commands.index_rebuild import IndexRebuildError
from chatstream.domain.documents import Document
from chatstream.errors import ChatStreamError
from schemas import records

AT = "2026-11-30T00:00:00.000Z"
AWAY = "host=127.0.0.1 port=9 dbname=content connect_timeout=1"


def fact(kind: type[Any], number: int, **more: Any) -> bytes:
    base = {"request_id": "r", "account_id": "a", "content_id": "c", "author_id": "a", "at": AT}
    return records.encode(kind(**base, fact_no=number, **more))


FACTS = [
    fact(records.VersionWritten, 1, version=1, title="제목", body="글"),
    fact(records.VersionPublished, 2, version=1, title="제목", body="글", first_published_at=AT),
    fact(records.ContentViewed, 3, views=1),
    fact(records.ContentDeleted, 4),
]


class FakeFacts:
    """The facts of partition 1; the others have none."""

    def __init__(self, *lacking: int) -> None:
        self.lacking = lacking

    async def facts(
        self, topic: str, partition: int, after: int, upto: int
    ) -> Sequence[tuple[int, bytes]]:
        numbered = enumerate(FACTS, start=1)
        return [
            (number, body)
            for number, body in numbered
            if after < number <= upto and number not in self.lacking
        ]

    async def head(self, topic: str, partition: int) -> int:
        return len(FACTS) if partition == 1 else 0


class FakeFresh:
    """Takes what is written."""

    def __init__(self) -> None:
        self.written: list[Document] = []

    async def write(self, documents: Sequence[Document]) -> None:
        self.written += documents


def reindex(*lacking: int) -> tuple[ContentReindex, FakeFresh]:
    facts, fresh = FakeFacts(*lacking), FakeFresh()
    made: Any = fresh
    lines = PostLines(facts=facts, heads=facts, partitions=2)
    return ContentReindex(lines, made, lambda _: None), fresh


async def test_each_fact_becomes_the_document_that_the_log_service_writes() -> None:
    run, fresh = reindex()
    assert await run.heads() == {0: 0, 1: 4}
    await run.copy(1, 0, 4)
    assert [(each.id, each.version) for each in fresh.written] == [("c", 2), ("c", 4)]
    shown, gone = (each.body for each in fresh.written)
    assert (shown["message"], "message" in gone) == ("글", False)
    await run.copy(1, 2, 3)
    assert len(fresh.written) == 2


async def test_a_line_with_a_hole_is_refused() -> None:
    run, fresh = reindex(3)
    with pytest.raises(IndexRebuildError, match=r"RESPONSE-1: facts 1 to 4 are not all in Pos.*\?"):
        await run.copy(1, 0, 4)
    assert fresh.written == []


@pytest.mark.parametrize("away", ["elasticsearch: ConnectionError"])
def test_what_is_away_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch, away: str) -> None:
    monkeypatch.setenv("CHATSTREAM_ELASTIC__URL", "http://127.0.0.1:9")
    monkeypatch.setenv("CHATSTREAM_POSTGRES__OTHERS", f'{{"content": {{"content": "{AWAY}"}}}}')
    with pytest.raises(ChatStreamError, match=f"{away}.*\n.*run the command again: it goes on"):
        cli.main(["content", "reindex"], standalone_mode=False)
