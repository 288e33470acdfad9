"""What the bulk writer makes of Elasticsearch's answers; one call each, bounded in time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from chatstream.domain.documents import Document
from chatstream.errors import PoisonMessage
from chatstream.settings import ElasticSettings
from infra.elastic.client import connect
from infra.elastic.sink import ElasticDocuments
from tests.samples import Since

OK = {"create": {"status": 201}}
DOCUMENTS = [
    Document("chatstream-events-2026.11", str(number), {"n": number}) for number in range(4)
]


def fault(status: int, kind: str, reason: str = "because") -> dict[str, Any]:
    return {"create": {"status": status, "error": {"type": kind, "reason": reason}}}


class Scripted:
    """Answers bulks as told: items, a status, or (None) nothing at all."""

    def __init__(self) -> None:
        self.answers: list[list[dict[str, Any]] | int | None] = []
        self.calls: list[list[bytes]] = []
        self.closing = asyncio.Event()

    async def bulk(self, request: web.Request) -> web.Response:
        self.calls.append((await request.read()).splitlines())
        answer = self.answers.pop(0)
        headers = {"X-Elastic-Product": "Elasticsearch"}
        if answer is None:
            await self.closing.wait()
            return web.Response(headers=headers)
        if isinstance(answer, int):
            return web.json_response(
                {"error": "no", "status": answer}, status=answer, headers=headers
            )
        return web.Response(
            body=orjson.dumps({"items": answer}), content_type="application/json", headers=headers
        )


class Rig:
    def __init__(self, elastic: Scripted, store: ElasticDocuments) -> None:
        self.elastic = elastic
        self.store = store


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running(30) as made:  # an answer that comes is never late
        yield made


@asynccontextmanager
async def running(request_timeout: float) -> AsyncIterator[Rig]:
    """A store over a scripted Elasticsearch, of which it expects an answer in so many seconds."""
    elastic = Scripted()
    app = web.Application()
    app.router.add_put("/_bulk", elastic.bulk)
    app.router.add_post("/_bulk", elastic.bulk)
    server = TestServer(app)
    await server.start_server()
    settings = ElasticSettings(
        url=str(server.make_url("/")).rstrip("/"),
        request_timeout=request_timeout,
        bulk_documents=2,
    )
    client = connect(settings)
    yield Rig(elastic, ElasticDocuments(client, settings))
    await client.close()
    elastic.closing.set()
    await server.close()


async def test_what_is_there_already_counts_as_stored(rig: Rig) -> None:
    rig.elastic.answers = [[OK, fault(409, "version_conflict_engine_exception")]]
    written = await rig.store.write(DOCUMENTS[:2])
    assert (written.refused, written.delayed) == ({}, {})


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        pytest.param(429, "es_rejected_execution_exception", id="queue full"),
        pytest.param(503, "unavailable_shards_exception", id="no shard"),
        pytest.param(403, "cluster_block_exception", id="disk full, index read-only"),
        pytest.param(404, "index_not_found_exception", id="auto-create is off"),
        pytest.param(400, "validation_exception", id="too many shards"),
        pytest.param(400, "index_closed_exception", id="index closed"),
    ],
)
async def test_a_store_that_cannot_now_delays_that_item_only(
    rig: Rig, status: int, kind: str
) -> None:
    rig.elastic.answers = [[OK, fault(status, kind)]]
    written = await rig.store.write(DOCUMENTS[:2])
    assert written.refused == {}
    assert list(written.delayed) == [1]
    assert kind in written.delayed[1]


@pytest.mark.parametrize(
    "kind",
    [
        "document_parsing_exception",
        "strict_dynamic_mapping_exception",
        "mapper_parsing_exception",
        "illegal_argument_exception",
    ],
)
async def test_a_document_that_never_fits_is_refused_with_the_reason(rig: Rig, kind: str) -> None:
    rig.elastic.answers = [[fault(400, kind, "field [x] " + "y" * 1000), OK]]
    moved = Since()
    written = await rig.store.write(DOCUMENTS[:2])
    assert written.delayed == {}
    assert list(written.refused) == [0]
    assert written.refused[0].startswith(f"elasticsearch: 400 {kind}: field [x]")
    assert len(written.refused[0]) <= 500
    for outcome, count in (("stored", 1), ("refused", 1), ("delayed", 0)):
        assert moved("bulk_items_total", outcome=outcome) == count


async def test_after_a_failed_bulk_the_later_ones_wait_too_and_none_is_tried_twice(
    rig: Rig,
) -> None:
    rig.elastic.answers = [503]
    moved = Since()
    written = await rig.store.write(DOCUMENTS)
    assert sorted(written.delayed) == [0, 1, 2, 3]
    assert len(rig.elastic.calls) == 1
    assert moved("bulk_items_total", outcome="delayed") == 4
    assert moved("bulk_duration_seconds_count") == moved("bulk_documents_count") == 1


async def test_an_elasticsearch_that_does_not_answer_costs_one_time_bound() -> None:
    async with running(0.5) as rig:
        rig.elastic.answers = [None]
        began = time.monotonic()
        written = await rig.store.write(DOCUMENTS)
        assert sorted(written.delayed) == [0, 1, 2, 3]
        assert time.monotonic() - began > 0.4
        assert len(rig.elastic.calls) == 1


async def test_an_elasticsearch_that_is_not_there_delays_everything() -> None:
    settings = ElasticSettings(url="http://127.0.0.1:1")
    client = connect(settings)
    written = await ElasticDocuments(client, settings).write(DOCUMENTS)
    assert sorted(written.delayed) == [0, 1, 2, 3]
    await client.close()


@pytest.mark.parametrize("status", [400, 413])
async def test_a_bulk_that_is_refused_whole_is_to_be_halved(rig: Rig, status: int) -> None:
    rig.elastic.answers = [status]
    with pytest.raises(PoisonMessage):
        await rig.store.write(DOCUMENTS[:2])


async def test_documents_go_out_in_order_in_bounded_bulks(rig: Rig) -> None:
    rig.elastic.answers = [[OK, OK], [OK, OK]]
    written = await rig.store.write(DOCUMENTS)
    assert (written.refused, written.delayed) == ({}, {})
    assert [orjson.loads(line) for call in rig.elastic.calls for line in call[1::2]] == [
        {"n": number} for number in range(4)
    ]
