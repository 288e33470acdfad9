"""Whole partitions, for a recount.

`/internal/tables/{table}/{partition}` lists every key of one table,
`/internal/snapshots/{partition}` every row of all tables at one moment.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Protocol

import msgspec
from aiohttp import web

from chatstream.domain.words import Tally
from chatstream.errors import ErrorCode, UserError
from tables.snapshot import is_readable, rows_of
from tables.stats import StatsTables

_AT_ONCE = 500

# (name, value) of each key.
Rows = Iterable[tuple[str, object]]
# The rows of a partition; None: this worker cannot read it.
Dump = Callable[[int], Rows | None]


class Viewed(Protocol):
    """A table that tells which partitions can be read now."""

    def readable(self) -> Container[int]:
        """Those that this worker owns and has recovered."""
        ...

    def dump(self, partition: int) -> Iterable[tuple[str, Any]]:
        """Every name and value of a partition."""
        ...


def dumps_of(tables: StatsTables) -> Mapping[str, Dump]:
    """What can be listed, by the name of the table."""
    viewed: Mapping[str, Viewed] = {
        "watched_words": tables.watched,
        "word_counts": tables.words,
        "chat_added": tables.chat_added,
        "user_added": tables.user_added,
        "word_windows": tables.windows,
    }

    def rooms(partition: int) -> Rows | None:
        readable = tables.room_words.is_readable(partition)
        return tables.room_words.dump(partition) if readable else None

    return {"room_word_counts": rooms, **{name: _dump_of(viewed[name]) for name in viewed}}


def _dump_of(table: Viewed) -> Dump:
    return lambda partition: table.dump(partition) if partition in table.readable() else None


def _line(name: str, value: object) -> Sequence[object]:
    """A tally without who used the word."""
    if isinstance(value, Tally):
        return [name, *value.pack()[:3]]
    return [name, *value] if isinstance(value, list | tuple) else [name, value]


def register(web_app: web.Application, tables: StatsTables) -> None:
    """Add the route: NDJSON, a line `[name, …value]` a key."""
    dumps = dumps_of(tables)

    async def listing(request: web.Request) -> web.StreamResponse:
        dump = dumps.get(request.match_info["table"])
        rows = dump(int(request.match_info["partition"])) if dump is not None else None
        if rows is None:
            raise UserError(ErrorCode.NOT_FOUND, "this worker does not hold the partition")
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        for name, value in rows:
            await response.write(msgspec.json.encode(_line(name, value)) + b"\n")
        return response

    async def snapshot(request: web.Request) -> web.StreamResponse:
        partition = int(request.match_info["partition"])
        if not is_readable(tables, partition):
            raise UserError(ErrorCode.NOT_FOUND, "this worker does not hold the partition")
        rows = rows_of(tables, partition)
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        while lines := list(islice(rows, _AT_ONCE)):
            await response.write(b"".join(msgspec.json.encode(row) + b"\n" for row in lines))
        return response

    web_app.router.add_get("/internal/snapshots/{partition:[0-9]{1,9}}", snapshot)
    web_app.router.add_get("/internal/tables/{table}/{partition:[0-9]{1,9}}", listing)
