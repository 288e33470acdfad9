"""A stats worker tells its generation, how far it is, and the dictionary of every answer."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
import pytest
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request, Response

from chatstream.domain.generations import Generation
from web.counts import generation_http
from web.counts.generation_http import DICTIONARY, WorkerState


@pytest.fixture
async def client() -> AsyncIterator[TestClient[Request, Application]]:
    app = Application()

    async def other(_: Request) -> Response:
        return Response(text="other")

    app.router.add_get("/other", other)
    generation_http.register(
        app,
        Generation(3, 2),
        follows=True,
        is_ready=lambda: False,
        readable=lambda: {5, 1},
        cursors={"messages": lambda partition: 10 * partition, "accounts": lambda _: 0},
    )
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_a_worker_tells_its_generation_and_its_cursors(
    client: TestClient[Request, Application],
) -> None:
    response = await client.get("/internal/generation")
    assert msgspec.json.decode(await response.read(), type=WorkerState) == WorkerState(
        generation=3,
        dictionary=2,
        ready=False,
        follows=True,
        partitions=[1, 5],
        cursors={"messages": {1: 10, 5: 50}, "accounts": {1: 0, 5: 0}},
    )


async def test_every_answer_names_the_dictionary_by_which_it_is_counted(
    client: TestClient[Request, Application],
) -> None:
    assert (await client.get("/other")).headers[DICTIONARY] == "2"
