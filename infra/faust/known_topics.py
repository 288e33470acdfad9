"""A group's partitions are assigned when its leader knows every topic of the group.

The leader assigns what its metadata has. A topic that was made a moment ago is not always there
yet, and Faust passes over it: its partitions are nobody's until the metadata is read anew, after
minutes. When it is a table's changelog, the table is written without ever having been read.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

log = logging.getLogger(__name__)

# Seconds between two looks.
_AGAIN = 0.1


def wait_for_topics(coordinator: Any, within: float) -> None:
    """From now on, as a leader, it assigns once it knows all topics, or after `within` seconds.

    That must be well within a session: a leader that assigns sends no heartbeats. Topics that are
    missing then are assigned by the next rebalance: it comes when they are seen.
    """
    # Untyped, and private: aiokafka has no setting for it.
    assign: Callable[[Any], Awaitable[Any]] = coordinator._perform_assignment

    async def assign_all(response: Any) -> Any:
        found = await assign(response)
        if not _missing(coordinator):
            return found
        try:
            async with asyncio.timeout(within):
                while _missing(coordinator):
                    await asyncio.sleep(_AGAIN)
                    await coordinator._client.force_metadata_update()
        except TimeoutError:
            log.error("topics that nobody is assigned: %s", ", ".join(_missing(coordinator)))
        return await assign(response)

    coordinator._perform_assignment = assign_all


def _missing(coordinator: Any) -> list[str]:
    known = coordinator._cluster.partitions_for_topic
    return sorted(topic for topic in coordinator._group_subscription if not known(topic))
