"""The stats worker's HTTP, for fronts and for its peers; not reachable through the gateway.

`/internal/words` and `/internal/words/{word}` answer for all partitions, gathered.
`/internal/partial/…` answer for the partitions that this worker owns and has recovered.
`/internal/rooms/{roomId}/words` answers for one room, from the worker that owns its partition.
`/internal/tables/{table}/{partition}` lists every key of one of them, for a recount.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import msgspec
from aiohttp import web
from pydantic import Field

from chatstream.domain.forms import plain
from chatstream.domain.windows import Window
from chatstream.errors import UserError
from chatstream.ports.counting import Tokenizer
from infra.faust.app import ChatStreamApp
from web.counts.peers import Client, Remote, other_owners
from web.counts.room_words import RoomGather
from web.counts.words import LocalWords, RemoteWords, WordsAnswer, WordsGather, WordsPart, WordsPeer
from web.edge.bodies import JSON, Shape, answer, read_query

_asked_words = msgspec.json.Decoder(list[str])


class TopQuery(Shape):
    """The query of /internal/words."""

    top: int = Field(20, ge=1, le=1000)
    window: Window = Window.ALL


class PartQuery(Shape):
    """The query of /internal/partial/top."""

    limit: int = Field(ge=1)
    window: Window = Window.ALL


class WindowQuery(Shape):
    """The query of /internal/partial/tallies."""

    window: Window = Window.ALL


def peers_of(
    app: ChatStreamApp, local: LocalWords, client: Client
) -> Callable[[], Sequence[WordsPeer]]:
    """This worker, and every other that owns a partition."""

    def peers() -> Sequence[WordsPeer]:
        others = other_owners(app, local.words.table)
        return [local, *(RemoteWords(Remote(client, url)) for url in others)]

    return peers


def words_body(found: WordsAnswer) -> dict[str, object]:
    """The body of the public answer."""
    return {
        "words": [{"word": word, "count": count} for word, count in found.words],
        "asOf": found.as_of,
        "complete": found.complete,
        "partitions": {"expected": found.expected, "answered": found.answered},
    }


def word_body(found: WordsAnswer) -> dict[str, object]:
    """The body of the public answer for one word."""
    word, count = found.words[0]
    return {"word": word, "count": count, "asOf": found.as_of, "complete": found.complete}


def counted_form(tokenizer: Tokenizer, text: str) -> str:
    """The form under which a word is counted: `먹었다` is counted as `먹다`, `ＫＴＸ` as `ktx`."""
    found = list(tokenizer.count(text))
    return found[0] if len(found) == 1 else plain(text).lower()


def register(
    web_app: web.Application,
    local: LocalWords,
    gather: WordsGather,
    rooms: RoomGather,
    tokenizer: Tokenizer,
) -> None:
    """Add the routes."""
    web_app.middlewares.append(explain_refusals)
    _add_gathered(web_app, gather, rooms, tokenizer)
    _add_partial(web_app, local, rooms)


def _add_gathered(
    web_app: web.Application, gather: WordsGather, rooms: RoomGather, tokenizer: Tokenizer
) -> None:
    async def top(request: web.Request) -> web.Response:
        query = read_query(request, TopQuery)
        return answer(words_body(await gather.top(query.top, query.window)))

    async def word(request: web.Request) -> web.Response:
        found = await gather.word(counted_form(tokenizer, request.match_info["word"]))
        return answer(word_body(found))

    async def room_top(request: web.Request) -> web.Response:
        query = read_query(request, TopQuery)
        return answer(words_body(await rooms.top(request.match_info["room_id"], query.top)))

    web_app.router.add_get("/internal/words", top)
    web_app.router.add_get("/internal/words/{word}", word)
    web_app.router.add_get("/internal/rooms/{room_id}/words", room_top)


def _add_partial(web_app: web.Application, local: LocalWords, rooms: RoomGather) -> None:
    async def room(request: web.Request) -> web.Response:
        limit = read_query(request, PartQuery).limit
        found = await rooms.local(request.match_info["room_id"], limit)
        return web.Response(body=msgspec.json.encode(found), content_type=JSON)

    async def top(request: web.Request) -> web.Response:
        query = read_query(request, PartQuery)
        return _part(await local.top(query.limit, query.window))

    async def tallies(request: web.Request) -> web.Response:
        words = _asked_words.decode(await request.read())
        return _part(await local.tallies(words, read_query(request, WindowQuery).window))

    web_app.router.add_get("/internal/partial/rooms/{room_id}/words", room)
    web_app.router.add_get("/internal/partial/top", top)
    web_app.router.add_post("/internal/partial/tallies", tallies)


@web.middleware
async def explain_refusals(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """A UserError as the envelope of the contract."""
    try:
        return await handler(request)
    except UserError as error:
        body = {"code": str(error.code), "message": error.reason, "details": dict(error.details)}
        return answer({"error": body}, status=error.status)


def _part(part: WordsPart) -> web.Response:
    return web.Response(body=msgspec.json.encode(part), content_type=JSON)
