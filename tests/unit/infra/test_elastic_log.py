"""Looking into the log while Elasticsearch is not quite there."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from chatstream.errors import TransientFailure
from chatstream.settings import ElasticSettings
from infra.elastic.client import connect
from infra.elastic.log_reading import ElasticLog

_NO_SHARD = {"error": {"type": "search_phase_execution_exception", "reason": ""}, "status": 503}
_NOTHING: dict[str, object] = {"hits": {"hits": []}}


class Begun:
    """Answers 503 to so many searches, as an index does that has just begun."""

    def __init__(self) -> None:
        self.fails = 0
        self.asked = 0

    async def search(self, _request: web.Request) -> web.Response:
        self.asked += 1
        body, status = (_NO_SHARD, 503) if self.asked <= self.fails else (_NOTHING, 200)
        told = {"X-Elastic-Product": "Elasticsearch"}
        return web.json_response(body, status=status, headers=told)


@pytest.fixture
async def begun() -> AsyncIterator[tuple[Begun, ElasticLog]]:
    elastic, app = Begun(), web.Application()
    app.router.add_post("/{indices}/_search", elastic.search)
    async with TestServer(app) as server:
        settings = ElasticSettings(url=f"http://127.0.0.1:{server.port}")
        client = connect(settings)
        yield elastic, ElasticLog(client, settings)
        await client.close()


async def test_an_index_that_has_just_begun_is_asked_again(
    begun: tuple[Begun, ElasticLog],
) -> None:
    elastic, log = begun
    elastic.fails = 2
    assert await log.of_trace("0" * 32) == []
    assert elastic.asked == 3


async def test_who_waits_is_told_at_last(begun: tuple[Begun, ElasticLog]) -> None:
    elastic, log = begun
    elastic.fails = 1_000
    with pytest.raises(TransientFailure, match="503"):
        await log.of_trace("0" * 32)
    assert 1 < elastic.asked < elastic.fails
