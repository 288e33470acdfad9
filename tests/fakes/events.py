"""A record as an agent reads it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any


def event(topic: str, value: bytes | None, partition: int) -> Any:
    """The record, as the stream of the topic gives it."""
    message = SimpleNamespace(
        topic=topic,
        partition=partition,
        offset=7,
        key=b"k",
        value=value,
        generation_id=1,
        headers=(),
        timestamp=None,
    )
    return SimpleNamespace(value=value, key=b"k", message=message)
