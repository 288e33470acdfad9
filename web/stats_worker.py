"""The stats worker's HTTP, for fronts and for its peers; not reachable through the gateway.

`/internal/words` and `/internal/words/{word}` answer for all partitions, gathered.
`/internal/partial/…` answer for the partitions that this worker owns and has recovered.
`/internal/tables/word_counts/{partition}` lists every word of one of them, for a recount.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Awaitable, Callable, Sequence

import msgspec
from aiohttp import web
from pydantic import Field

from chatstream.errors import ErrorCode, UserError
from chatstream.ports.counting import Tokenizer
from infra.kafka.app import ChatStreamApp
from tables.words import WordCounts
from web.bodies import JSON, Shape, answer, read_query
from web.gather import Gather, HttpPeer, LocalPeer, Part, Peer, WordsAnswer
from web.peers import Client, Remote, other_owners

_asked_words = msgspec.json.Decoder(list[str])


class TopQuery(Shape):
    """The query of /internal/words."""

    top: int = Field(20, ge=1, le=1000)


class PartQuery(Shape):
    """The query of /internal/partial/top."""

    limit: int = Field(ge=1)


def peers_of(app: ChatStreamApp, words: WordCounts, client: Client) -> Callable[[], Sequence[Peer]]:
    """This worker, and every other that owns a partition."""
    local = LocalPeer(words)

    def peers() -> Sequence[Peer]:
        others = other_owners(app, words.table)
        return [local, *(HttpPeer(Remote(client, url)) for url in others)]

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
    """The form under which a word is counted: `먹었다` is counted as `먹다`, `Hello` as `hello`."""
    found = list(tokenizer.count(text))
    return found[0] if len(found) == 1 else unicodedata.normalize("NFC", text).lower()


def register(
    web_app: web.Application, words: WordCounts, gather: Gather, tokenizer: Tokenizer
) -> None:
    """Add the routes."""
    local = LocalPeer(words)

    async def top(request: web.Request) -> web.Response:
        query = read_query(request, TopQuery)
        return answer(words_body(await gather.top(query.top)))

    async def word(request: web.Request) -> web.Response:
        found = await gather.word(counted_form(tokenizer, request.match_info["word"]))
        return answer(word_body(found))

    async def partial_top(request: web.Request) -> web.Response:
        return _part(await local.top(read_query(request, PartQuery).limit))

    async def partial_tallies(request: web.Request) -> web.Response:
        return _part(await local.tallies(_asked_words.decode(await request.read())))

    async def table(request: web.Request) -> web.StreamResponse:
        partition = int(request.match_info["partition"])
        if partition not in words.readable():
            raise UserError(ErrorCode.NOT_FOUND, "this worker does not hold the partition")
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        for name, tally in words.dump(partition):
            await response.write(msgspec.json.encode([name, *tally.pack()[:3]]) + b"\n")
        return response

    web_app.middlewares.append(explain_refusals)
    web_app.router.add_get("/internal/words", top)
    web_app.router.add_get("/internal/words/{word}", word)
    web_app.router.add_get("/internal/partial/top", partial_top)
    web_app.router.add_post("/internal/partial/tallies", partial_tallies)
    web_app.router.add_get(r"/internal/tables/word_counts/{partition:\d+}", table)


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


def _part(part: Part) -> web.Response:
    return web.Response(body=msgspec.json.encode(part), content_type=JSON)
