"""Best first, on a fixed set of questions with right answers, on real Elasticsearch.

A question is answered when one of its right messages is among the first three of `sort=best`. MRR
is the mean of one over the place of the first right one (0 when it is not among the first ten).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from chatstream.domain.documents import IndexedMessage, search_document
from chatstream.ports.search import SearchQuery
from infra.elastic.client import connect
from infra.elastic.search import ElasticSearch
from infra.elastic.sink import ElasticDocuments
from infra.elastic.templates import ensure_templates
from infra.embedded.stack import Stack
from tests.servers import elastic_of

pytestmark = pytest.mark.servers

CORPUS = Path(__file__).parents[1] / "corpus"
MONTH = "2001.03"
FIRST, TEN = 3, 10
ANSWERED, MRR = 0.95, 0.82


@dataclass(frozen=True)
class Said:
    key: str
    text: str


def _rows(name: str) -> list[tuple[str, str]]:
    lines = (CORPUS / name).read_text(encoding="utf-8").splitlines()
    parts = (line.partition(" | ") for line in lines if not line.startswith("#"))
    return [(left, right) for left, _, right in parts]


def corpus() -> Sequence[Said]:
    return [Said(key, text) for key, text in _rows("messages.txt")]


def questions() -> Mapping[str, frozenset[str]]:
    return {question: frozenset(keys.split()) for question, keys in _rows("questions.txt")}


def test_every_answer_is_said_once() -> None:
    keys = [said.key for said in corpus() if said.key != "-"]
    assert len(keys) == len(set(keys))
    assert {key for answers in questions().values() for key in answers} <= set(keys)
    assert len(corpus()) >= 300
    assert len(questions()) >= 40


async def test_a_right_answer_is_among_the_first(servers: Stack) -> None:
    settings = elastic_of(servers)
    async with connect(settings) as client:
        await ensure_templates(client)
        room_id, texts = str(uuid4()), corpus()
        documents = [
            search_document(_message(room_id, seq, said.text)) for seq, said in enumerate(texts)
        ]
        written = await ElasticDocuments(client, settings).write(documents)
        assert (written.refused, written.delayed) == ({}, {})
        await client.indices.refresh(index=f"chatstream-messages-{MONTH}")
        search, places = ElasticSearch(client, settings), {}
        for question, answers in questions().items():
            asked = SearchQuery(text=question, sort="best", limit=TEN)
            hits, _ = await search.search(asked, [room_id])
            found = [texts[hit.message.seq].key in answers for hit in hits]
            places[question] = found.index(True) + 1 if True in found else 0
    answered = sum(1 for place in places.values() if 1 <= place <= FIRST) / len(places)
    mrr = sum(1 / place for place in places.values() if place) / len(places)
    missed = {question: place for question, place in places.items() if place != 1}
    print(f"answered {answered:.3f}, MRR {mrr:.3f}, not first: {missed}")
    assert answered >= ANSWERED, missed
    assert mrr >= MRR, missed


def _message(room_id: str, seq: int, text: str) -> IndexedMessage:
    """All at one time: nothing but the text decides the order, and later ones do not come first."""
    return IndexedMessage(
        room_id=room_id,
        seq=seq,
        rev=seq,
        message_id=str(seq),
        account_id="a",
        user_id="ara",
        user_name="아라",
        text=text,
        at="2001-03-04T05:06:07.000Z",
    )
