"""What the eraser makes of Elasticsearch's answers: done only when no shard shows the account."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from chatstream.errors import PoisonMessage, TransientFailure
from chatstream.ports.erasure import PartlyErased
from chatstream.settings import ElasticSettings
from infra.elastic.client import connect
from infra.elastic.erasure import AT_ONCE, ElasticEraser

SHARDS = {"_shards": {"total": 2, "successful": 2, "failed": 0}}
FAILED = {"_shards": {"total": 2, "successful": 1, "failed": 1}}
KINDS = ("search documents", "log lines")
GONE = {"count": 0, **SHARDS}
ACCOUNT = "0192f3a1-7c3e-7d2a-9b1e-3f5a6b7c8d9e"


def updated(count: int, **changes: Any) -> dict[str, Any]:
    usual = {"updated": count, "version_conflicts": 0, "failures": [], "timed_out": False}
    return usual | changes


class Scripted:
    """Answers updates and counts in their order, refreshes always alike; notes what came."""

    def __init__(
        self, *answers: dict[str, Any], refresh: dict[str, Any] = SHARDS, status: int = 200
    ) -> None:
        self.answers = list(answers)
        self.refresh = refresh
        self.status = status
        self.asked: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path[1:])
        refresh = request.path.endswith("/_refresh")
        answers = [self.refresh] if refresh else self.answers
        status, body = (self.status, answers.pop(0)) if answers else (500, {"error": "away"})
        headers = {"X-Elastic-Product": "Elasticsearch"}
        return web.json_response(body, status=status, headers=headers)


async def erase(elastic: Scripted) -> Any:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", elastic.answer)
    async with TestServer(app) as server:
        settings = ElasticSettings(url=str(server.make_url("")).rstrip("/"))
        async with connect(settings) as client:
            return await ElasticEraser(client, settings).erase(ACCOUNT)


async def test_it_is_done_when_refreshed_counts_find_nothing_in_either_dataset() -> None:
    elastic = Scripted(updated(3), GONE, updated(2), GONE)
    assert await erase(elastic) == {"search documents": 3, "log lines": 2}
    messages, lines = "chatstream-messages*", "chatstream-logs-*"
    assert elastic.asked == [
        f"{messages}/_refresh",
        f"{lines}/_refresh",
        *(f"{messages}/{call}" for call in ("_update_by_query", "_refresh", "_count")),
        *(f"{lines}/{call}" for call in ("_update_by_query", "_refresh", "_count")),
    ]


async def test_many_documents_take_several_calls() -> None:
    elastic = Scripted(
        *(updated(AT_ONCE), updated(AT_ONCE), updated(7), GONE),
        *(updated(AT_ONCE), updated(0), GONE),
    )
    assert await erase(elastic) == {"search documents": 2 * AT_ONCE + 7, "log lines": AT_ONCE}


NOT_SURE = [
    pytest.param((updated(3, version_conflicts=1),), id="a conflict"),
    pytest.param((updated(3, failures=[{"shard": 0}]),), id="a failure"),
    pytest.param((updated(3, timed_out=True),), id="a time limit"),
    pytest.param((updated(3), {"count": 1, **SHARDS}), id="one is left"),
    pytest.param((updated(3), {"count": 0, **FAILED}), id="a shard is silent"),
]


@pytest.mark.parametrize("before", [(), (updated(3), GONE)], ids=["messages", "lines"])
@pytest.mark.parametrize("answers", NOT_SURE)
async def test_whatever_is_not_sure_is_tried_again(
    before: tuple[dict[str, Any], ...], answers: tuple[dict[str, Any], ...]
) -> None:
    elastic = Scripted(*before, *answers)
    with pytest.raises(PartlyErased) as raised:
        await erase(elastic)
    assert not elastic.answers
    counts = [3, 3] if before else [3, 0]
    assert raised.value.erased == dict(zip(KINDS, counts, strict=True))


async def test_what_was_erased_before_an_outage_is_told_with_it() -> None:
    elastic = Scripted(updated(3), GONE, updated(AT_ONCE))  # and then it answers 500
    with pytest.raises(PartlyErased, match="elasticsearch: 500") as raised:
        await erase(elastic)
    assert raised.value.erased == dict(zip(KINDS, [3, AT_ONCE], strict=True))


async def test_what_elasticsearch_refuses_for_good_is_no_outage() -> None:
    with pytest.raises(PoisonMessage, match="400"):
        await erase(Scripted(status=400))


async def test_nothing_is_asked_of_shards_that_were_not_refreshed() -> None:
    elastic = Scripted(refresh=FAILED)
    with pytest.raises(TransientFailure):
        await erase(elastic)
    assert elastic.asked == ["chatstream-messages*/_refresh"]
