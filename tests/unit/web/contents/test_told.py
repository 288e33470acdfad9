"""What an author's open pages are told of a post."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from schemas import records
from web.live.contents import NEWS

AT = "2026-12-01T12:00:00.000Z"
FACT: dict[str, Any] = {
    "request_id": "q",
    "account_id": "an operator",
    "fact_no": 7,
    "content_id": "c",
    "author_id": "the author",
    "version": 2,
    "at": AT,
}


@pytest.mark.parametrize(
    ("fact", "body"),
    [
        (
            records.VersionPublished(
                **FACT, title="secret", body="secret", first_published_at=AT, edited_at=AT
            ),
            {"type": "contentPublished", "publishedAt": AT, "editedAt": AT},
        ),
        (
            records.VersionRefused(**FACT, reasons=("links",), note="하나만요"),
            {"type": "contentRefused", "reasons": ["links"], "note": "하나만요"},
        ),
        (
            records.VersionInReview(**FACT, reasons=("links",)),
            {"type": "contentInReview", "reasons": ["links"]},
        ),
    ],
)
def test_the_author_alone_is_told_and_without_the_text(fact: Any, body: dict[str, Any]) -> None:
    (row,) = [each for each in NEWS.accounts if each.record is type(fact)]
    ((account_id, told),) = row.told(fact, ())
    assert account_id == "the author"
    assert isinstance(told, row.body)
    assert msgspec.json.decode(msgspec.json.encode(told)) == {
        "contentId": "c",
        "version": 2,
        **body,
    }
    assert row.fact_no is not None
    assert row.fact_no(fact) == 7
