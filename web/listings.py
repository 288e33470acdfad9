"""Whole partitions, for a recount.

`/internal/tables/{table}/{partition}` lists every key of one table,
`/internal/snapshots/{partition}` every row of all tables at one moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice

import msgspec
from aiohttp import web

from chatstream.errors import ErrorCode, UserError
from tables.snapshot import is_readable, rows_of
from tables.stats import StatsTables

_AT_ONCE = 500

# (name, value) rows of a partition; None: this worker cannot read it.
Dump = Callable[[int], Iterable[tuple[str, object]] | None]


def dumps_of(tables: StatsTables) -> Mapping[str, Dump]:
    """What can be listed, by the name of the table."""

    def words(partition: int) -> Iterable[tuple[str, object]] | None:
        if partition not in tables.words.readable():
            return None
        return ((word, tally.pack()[:3]) for word, tally in tables.words.dump(partition))

    def chat_added(partition: int) -> Iterable[tuple[str, object]] | None:
        series = tables.chat_added
        return series.dump(partition) if partition in series.readable() else None

    def user_added(partition: int) -> Iterable[tuple[str, object]] | None:
        series = tables.user_added
        return series.dump(partition) if partition in series.readable() else None

    def rooms(partition: int) -> Iterable[tuple[str, object]] | None:
        readable = tables.room_words.is_readable(partition)
        return tables.room_words.dump(partition) if readable else None

    def windows(partition: int) -> Iterable[tuple[str, object]] | None:
        readable = partition in tables.windows.readable()
        return tables.windows.dump(partition) if readable else None

    def watched(partition: int) -> Iterable[tuple[str, object]] | None:
        readable = partition in tables.watched.readable()
        return tables.watched.dump(partition) if readable else None

    return {
        "watched_words": watched,
        "word_counts": words,
        "chat_added": chat_added,
        "user_added": user_added,
        "room_word_counts": rooms,
        "word_windows": windows,
    }


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
            line = [name, *value] if isinstance(value, list | tuple) else [name, value]
            await response.write(msgspec.json.encode(line) + b"\n")
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

    web_app.router.add_get(r"/internal/snapshots/{partition:\d+}", snapshot)
    web_app.router.add_get(r"/internal/tables/{table}/{partition:\d+}", listing)
