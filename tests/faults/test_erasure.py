"""An account's erasure while whoever takes part in it dies."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from infra.embedded.stack import Stack
from tests.faults.injections import BEFORE, IN_STEP, KILLED_IN, SEARCH
from tests.faults.scene import Scene

pytestmark = [pytest.mark.stack, pytest.mark.faults, pytest.mark.timeout(1800)]


@pytest.mark.parametrize(("step", "victim"), KILLED_IN)
async def test_an_erasure_is_whole_whoever_dies_in_its_steps(
    scene: Scene, step: str, victim: str
) -> None:
    """After the victim dies in the step the erasure ends, and nothing of the leaver is left."""
    await scene.parties.leavers.by_name[step, victim].check_gone()


async def in_index(stack: Stack, query: dict[str, Any]) -> int:
    """How many documents of messages are found, as they can be searched now."""
    url = f"{stack.elastic_url}/chatstream-messages-*/_count"
    async with aiohttp.ClientSession() as http, http.post(url, json={"query": query}) as response:
        return int((await response.json())["count"])


@pytest.mark.parametrize("when", [BEFORE, IN_STEP])
async def test_who_is_erased_is_gone_from_search_though_elasticsearch_was_paused(
    scene: Scene, when: str
) -> None:
    """After Elasticsearch stood still around the log's step no document names the leaver."""
    leaver = scene.parties.leavers.by_name[when, SEARCH]
    assert leaver.receipt["state"] == "done"
    assert await in_index(scene.stack, {"term": {"user.name": leaver.user.user_id}}) == 0
    assert await in_index(scene.stack, {"term": {"user.id": leaver.account_id}}) == 4
    assert await leaver.hits(sender=leaver.user.user_id) == []
    shown = [(hit["userId"], hit["userName"]) for hit in await leaver.hits()]
    assert shown == [(None, None)] * 2
