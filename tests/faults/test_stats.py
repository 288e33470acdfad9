"""The live tables while stats and chat workers die and clients repeat their ids: all of it exact.

The recount is the command's, from Postgres; what people read through the gateway is compared too.
"""

from __future__ import annotations

import pytest

from tests.faults.counting import check_counts
from tests.faults.scene import Scene

pytestmark = [pytest.mark.faults, pytest.mark.stack, pytest.mark.timeout(1800)]


async def test_every_count_is_exact_through_killed_workers(scene: Scene) -> None:
    """After stats and chat workers die in twos, with every id repeated, all counts are exact."""
    assert scene.killed_at_once("stats-1", "chat-1")
    assert scene.killed_at_once("chat-2", "stats-2")
    await check_counts(scene.parties.talk)
