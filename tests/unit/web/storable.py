"""Stores that take what a real one could take, and are then away."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any

from chatstream.domain.messages import is_storable
from chatstream.errors import TransientFailure
from infra.postgres.pool import Database, Parameters

_BIGINT = range(-(2**63), 2**63)


class NotStorable(Exception):
    """A parameter that Postgres would not take: a fault of the edge."""


def check(parameters: Parameters) -> None:
    for value in _leaves(parameters):
        if isinstance(value, str) and not is_storable(value):
            raise NotStorable(f"{value!r} cannot be sent")
        if isinstance(value, int) and value not in _BIGINT:
            raise NotStorable("no bigint")


def _leaves(value: Any) -> Iterator[object]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from _leaves(each)
    else:
        yield value


async def fetch(_: object, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
    """In the place of Database.fetch and Transaction.fetch."""
    check(parameters)
    raise TransientFailure("away")


class _Transaction:
    fetch = fetch


async def in_transaction(self: Database, work: Callable[[Any], Coroutine[Any, Any, Any]]) -> Any:
    """In the place of Database.in_transaction."""
    return await work(_Transaction())
