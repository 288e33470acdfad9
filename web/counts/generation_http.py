"""What a stats worker says of its generation; see `chatstream.domain.generations`.

`/internal/generation` tells the generation and how far this worker has counted; every answer names
the version of the dictionary by which it is counted in the header `DICTIONARY`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import msgspec
from aiohttp import web

from chatstream.domain.generations import Generation
from web.edge.bodies import JSON

DICTIONARY = "ChatStream-Dictionary"


class WorkerState(msgspec.Struct, frozen=True, rename="camel"):
    """The body. `ready` as /readyz; `follows`: it changes over by itself to what serves.

    `cursors` has the last fact counted, by topic and partition, of partitions that can be read.
    """

    generation: int
    dictionary: int
    ready: bool
    follows: bool
    partitions: list[int]
    cursors: dict[str, dict[int, int]]


# The cursor of a partition.
Cursor = Callable[[int], int]


def register(
    web_app: web.Application,
    own: Generation,
    *,
    follows: bool,
    is_ready: Callable[[], bool],
    readable: Callable[[], Collection[int]],
    cursors: Mapping[str, Cursor],
) -> None:
    """Add the route and the header."""

    async def state(_: web.Request) -> web.Response:
        partitions = sorted(readable())
        found = WorkerState(
            own.number,
            own.dictionary,
            is_ready(),
            follows,
            partitions,
            {topic: {each: of(each) for each in partitions} for topic, of in cursors.items()},
        )
        return web.Response(body=msgspec.json.encode(found), content_type=JSON)

    async def name_dictionary(_: web.Request, response: web.StreamResponse) -> None:
        response.headers[DICTIONARY] = str(own.dictionary)

    web_app.router.add_get("/internal/generation", state)
    web_app.on_response_prepare.append(name_dictionary)
