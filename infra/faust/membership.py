"""The name by which a group knows a member that may come back: the worker's, and what it reads.

A static member (KIP-345) that comes back within its session is given what it had, and nobody else
is asked. Nobody is asked either when it reads other topics than before (KAFKA-12759, open in Kafka
4.1): what a release reads anew would be nobody's. So who reads something else is somebody else.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b


def instance_id(worker: str, topics: Iterable[str]) -> str:
    """The `group.instance.id` of a worker that reads these topics, in any order."""
    read = blake2b("\n".join(sorted(set(topics))).encode(), digest_size=4).hexdigest()
    return f"{worker}.{read}"
