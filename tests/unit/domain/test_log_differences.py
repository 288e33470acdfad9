"""How a document of the search differs from its message."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chatstream.domain.documents import IndexedMessage, search_document
from chatstream.domain.log_differences import (
    Discrepancy,
    DocumentTally,
    HeldDocument,
    PresentMessage,
    judge,
)

SAID = IndexedMessage(
    room_id="r",
    seq=3,
    rev=7,
    message_id="m",
    account_id="a",
    user_id="ara",
    user_name="아라",
    text="안녕",
    at="2026-11-02T03:04:05.678Z",
    room_kind="open",
)
ERASED = replace(SAID, user_id="", user_name="", is_erased=True)


def held(said: IndexedMessage, **other: Any) -> HeldDocument:
    return HeldDocument("index", {**search_document(said, ["안녕"]).body, **other})


@pytest.mark.parametrize(
    ("said", "document", "fault"),
    [
        (SAID, held(SAID), None),
        (None, None, None),
        (SAID, None, Discrepancy.MISSING),
        (None, held(SAID), Discrepancy.EXTRA),
        (SAID, held(replace(SAID, rev=6)), Discrepancy.OLDER),
        (SAID, held(replace(SAID, rev=8)), Discrepancy.NEWER),
        (SAID, held(SAID, message="other"), Discrepancy.CONTENT),
        (SAID, held(SAID, folded="other"), Discrepancy.CONTENT),
        (replace(SAID, text=None), held(SAID), Discrepancy.CONTENT),
        (SAID, held(replace(SAID, room_kind=None)), None),
        (SAID, held(replace(SAID, user_name="아라의 새 이름")), None),
        (ERASED, held(SAID), Discrepancy.NAMED),
        (ERASED, held(ERASED), None),
        (replace(SAID, text=None), held(replace(SAID, text=None)), None),
    ],
)
def test_a_document_differs_by_its_fact_its_text_or_a_name_that_must_not_be(
    said: IndexedMessage | None, document: HeldDocument | None, fault: Discrepancy | None
) -> None:
    present = None if said is None else PresentMessage(said, 0.0)
    assert judge(present, document) is fault


def test_the_document_of_an_erased_author_is_one_version_above_its_fact() -> None:
    assert search_document(SAID).version == 7
    assert search_document(ERASED).version == 8
    assert search_document(ERASED).body["user"] == {"id": "a"}
    assert search_document(replace(ERASED, text=None)).version == 7


def test_sums_are_exact_as_far_as_doubles_are() -> None:
    tally = DocumentTally(2, 1, 2**40, 3, newest=2)
    assert tally.is_like(replace(tally, newest=9))
    assert not tally.is_like(replace(tally, revs=2**40 + 1))
    assert not tally.is_like(replace(tally, deleted=0))
    assert not tally.is_like(None)
    great = replace(tally, revs=2**60)
    assert great.is_like(replace(great, revs=2**60 + 100))
    assert not great.is_like(replace(great, revs=2**60 + 10_000))
