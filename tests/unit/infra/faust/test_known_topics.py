"""A leader assigns when it knows every topic of its group."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from infra.faust.known_topics import wait_for_topics


class Coordinator:
    """As much of aiokafka's; each look at the metadata shows one topic more."""

    def __init__(self, *unknown: str) -> None:
        self.unknown = list(unknown)
        self._group_subscription = {"words", *unknown}
        self._cluster = SimpleNamespace(partitions_for_topic=self._partitions)
        self._client = SimpleNamespace(force_metadata_update=self._look)

    def _partitions(self, topic: str) -> set[int] | None:
        return None if topic in self.unknown else {0, 1}

    async def _look(self) -> None:
        if self.unknown:
            self.unknown.pop()

    async def _perform_assignment(self, response: Any) -> Any:
        return response, sorted(self._group_subscription - set(self.unknown))


async def test_a_topic_that_was_made_a_moment_ago_is_assigned_with_the_others() -> None:
    coordinator = Coordinator("watched", "minutes")
    wait_for_topics(coordinator, within=60.0)
    assert await coordinator._perform_assignment("asked") == (
        "asked",
        ["minutes", "watched", "words"],
    )


async def test_a_topic_that_nobody_makes_is_left_out_and_named(
    caplog: pytest.LogCaptureFixture,
) -> None:
    coordinator = Coordinator("watched")

    async def nothing_new() -> None:
        await asyncio.sleep(0)

    coordinator._client.force_metadata_update = nothing_new
    wait_for_topics(coordinator, within=0.0)
    assert await coordinator._perform_assignment("asked") == ("asked", ["words"])
    assert "watched" in caplog.text
