"""What the eraser makes of Elasticsearch's answers: done only when no shard shows the account."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from chatstream.errors import TransientFailure
from chatstream.settings import ElasticSettings
from infra.elastic.client import connect
from infra.elastic.erasure import AT_ONCE, ElasticEraser

SHARDS = {"_shards": {"total": 2, "successful": 2, "failed": 0}}
FAILED = {"_shards": {"total": 2, "successful": 1, "failed": 1}}


def updated(count: int, **changes: Any) -> dict[str, Any]:
    usual = {"updated": count, "version_conflicts": 0, "failures": [], "timed_out": False}
    return usual | changes


class Scripted:
    """Answers updates and counts in their order, refreshes always alike; notes what came."""

    def __init__(self, *answers: dict[str, Any], refresh: dict[str, Any] = SHARDS) -> None:
        self.answers = list(answers)
        self.refresh = refresh
        self.asked: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path.rsplit("/", 1)[-1])
        refresh = self.asked[-1] == "_refresh"
        body = self.refresh if refresh else self.answers.pop(0)
        return web.json_response(body, headers={"X-Elastic-Product": "Elasticsearch"})


async def erase(elastic: Scripted) -> Any:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", elastic.answer)
    async with TestServer(app) as server:
        settings = ElasticSettings(url=str(server.make_url("")).rstrip("/"))
        async with connect(settings) as client:
            return await ElasticEraser(client, settings).erase("account")


async def test_it_is_done_when_a_refreshed_count_finds_nothing() -> None:
    elastic = Scripted(updated(3), {"count": 0, **SHARDS})
    assert await erase(elastic) == {"search documents": 3}
    assert elastic.asked == ["_refresh", "_update_by_query", "_refresh", "_count"]


async def test_many_documents_take_several_calls() -> None:
    elastic = Scripted(updated(AT_ONCE), updated(AT_ONCE), updated(7), {"count": 0, **SHARDS})
    assert await erase(elastic) == {"search documents": 2 * AT_ONCE + 7}


@pytest.mark.parametrize(
    "elastic",
    [
        pytest.param(Scripted(updated(3, version_conflicts=1)), id="a conflict"),
        pytest.param(Scripted(updated(3, failures=[{"shard": 0}])), id="a failure"),
        pytest.param(Scripted(updated(3, timed_out=True)), id="a time limit"),
        pytest.param(Scripted(updated(3), {"count": 1, **SHARDS}), id="one is left"),
        pytest.param(Scripted(updated(3), {"count": 0, **FAILED}), id="a shard is silent"),
    ],
)
async def test_whatever_is_not_sure_is_tried_again(elastic: Scripted) -> None:
    with pytest.raises(TransientFailure):
        await erase(elastic)
    assert not elastic.answers


async def test_nothing_is_asked_of_shards_that_were_not_refreshed() -> None:
    elastic = Scripted(updated(0), refresh=FAILED)
    with pytest.raises(TransientFailure):
        await erase(elastic)
    assert elastic.asked == ["_refresh"]
