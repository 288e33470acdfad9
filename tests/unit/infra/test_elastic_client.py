"""Elasticsearch that is back is asked with the next call."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from chatstream.settings import ElasticSettings
from infra.elastic.client import ELASTIC_ERRORS, connect


async def _health(_request: web.Request) -> web.Response:
    return web.json_response({"status": "green"}, headers={"X-Elastic-Product": "Elasticsearch"})


async def test_a_node_that_failed_again_and_again_is_asked_as_soon_as_it_is_back() -> None:
    port = unused_port()
    app = web.Application()
    app.router.add_get("/_cluster/health", _health)
    client = connect(ElasticSettings(url=f"http://127.0.0.1:{port}"))
    try:
        for _ in range(8):
            with pytest.raises(ELASTIC_ERRORS):
                await client.cluster.health()
        async with TestServer(app, port=port):
            assert (await client.cluster.health())["status"] == "green"
    finally:
        await client.close()
