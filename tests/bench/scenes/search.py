"""(p): searches among many messages of rooms of very different sizes, bare and by HTTP."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from chatstream.domain.hangul import is_syllable, parts_of, syllable
from chatstream.ports.search import SearchQuery
from chatstream.settings import ElasticSettings
from infra.elastic.client import connect
from infra.elastic.search import ElasticSearch
from tests.bench.latency import Latency, summary
from tests.bench.people import account_in
from tests.bench.report import LATENCY_COLUMNS, Aim, Section, Table, latency_row, number
from tests.bench.scenes.bench import Bench
from tests.bench.searched import MONTHS, OWN, ROOMS, Searched, searched
from tests.bench.text import vocabulary
from tests.client.api import User

AIM = 50.0
_USUAL, _RARE = slice(0, 40), slice(2_000, 3_000)
_PAGE = 5
_WARM = 5
_EVERYWHERE = "in all rooms"

Made = Callable[[random.Random], SearchQuery]
Page = Callable[[SearchQuery, Sequence[str]], Awaitable[str | None]]


def search(bench: Bench) -> Section:
    """Index by the sink's path, then ask: in the largest room, and in all rooms of the searcher."""
    settings = ElasticSettings(url=bench.stack.elastic_url, request_timeout=120.0)
    dsns = {name: dsn for name, dsn in bench.stack.dsns.items() if name.startswith("chat-")}
    count, token = bench.sizes.searched, bench.people.tokens[0]
    bench.say(f"search: indexing {count:,} messages …")
    with searched(dsns, settings, account_in(token), count) as there:
        bare = asyncio.run(_bare(bench, settings, there))
        served = asyncio.run(_served(bench, token, there))
    rows = [
        latency_row(f"{name}, {how}", latency)
        for name in bare
        for how, latency in (("bare", bare[name]), ("HTTP", served[name]))
    ]
    return Section(
        "p",
        f"searches among {count:,} messages, an eighth of them in the room that is searched",
        [Table(LATENCY_COLUMNS, rows)],
        aims=[Aim(f"{name}, HTTP, p95", each.p95, AIM, "ms") for name, each in served.items()],
        notes=[
            f"Indexed by the sink's path at {number(there.rate)} messages/s, in {len(MONTHS)} "
            f"months and {ROOMS:,} rooms, of which the searcher is in the {OWN} largest; "
            f"{bench.sizes.asked} searches of each kind, one after the other, pages of 20."
        ],
    )


def queries() -> Mapping[str, Made]:
    """Each kind of search, by a source of chance."""
    words = vocabulary()

    def one(part: slice) -> Made:
        return lambda chance: SearchQuery(text=chance.choice(words[part]))

    def narrowed(chance: random.Random) -> SearchQuery:
        since, until = "2025-05-03T00:00:00.000Z", "2025-08-17T00:00:00.000Z"
        return replace(one(_USUAL)(chance), sender="sender7", since=since, until=until)

    return {
        "a usual word": one(_USUAL),
        "a usual word, best first": lambda chance: replace(one(_USUAL)(chance), sort="best"),
        "two usual words": lambda chance: SearchQuery(text=" ".join(chance.sample(words[:40], 2))),
        "a rare word": one(_RARE),
        "nothing found, with what was meant": lambda chance: SearchQuery(
            text=misspelt(chance.choice(words[:400]), chance)
        ),
        "by sender and time": narrowed,
        f"page {_PAGE} of a usual word": one(_USUAL),
        f"a usual word {_EVERYWHERE}": one(_USUAL),
        f"a rare word {_EVERYWHERE}": one(_RARE),
    }


def misspelt(word: str, chance: random.Random) -> str:
    """The word with one letter that is another, or a vowel that sounds alike."""
    at = chance.randrange(len(word))
    if not is_syllable(word[at]):
        return f"{word[:at]}{'q' if word[at] != 'q' else 'z'}{word[at + 1 :]}"
    lead, vowel, tail = parts_of(word[at])
    return f"{word[:at]}{syllable(lead, (vowel + 4) % 21, tail)}{word[at + 1 :]}"


async def _bare(bench: Bench, settings: ElasticSettings, there: Searched) -> dict[str, Latency]:
    """By the adapter, without a front."""
    async with connect(settings) as client:
        found = ElasticSearch(client, settings)

        async def page(query: SearchQuery, rooms: Sequence[str]) -> str | None:
            hits, cursor = await found.search(query, rooms)
            if not hits and query.cursor is None:
                await found.suggest(query, rooms)
            return cursor

        return await _all(bench, there, page)


async def _served(bench: Bench, token: str, there: Searched) -> dict[str, Latency]:
    """By HTTP, past the gateway."""
    user = User(f"http://127.0.0.1:{bench.front_port}", "bench", token=token)

    async def page(query: SearchQuery, rooms: Sequence[str]) -> str | None:
        asked = {
            "q": query.text,
            "roomId": rooms[0] if len(rooms) == 1 else None,
            "sort": query.sort,
            "sender": query.sender,
            "from": query.since,
            "to": query.until,
            "cursor": query.cursor,
        }
        given = urlencode({name: value for name, value in asked.items() if value is not None})
        answer = await user.insist("GET", f"/search/messages?{given}")
        cursor: str | None = answer["cursor"]
        return cursor

    try:
        return await _all(bench, there, page)
    finally:
        await user.close()


async def _all(bench: Bench, there: Searched, page: Page) -> dict[str, Latency]:
    return {
        name: await _timed(
            bench, name, made, page, there.own if name.endswith(_EVERYWHERE) else there.own[:1]
        )
        for name, made in queries().items()
    }


async def _timed(bench: Bench, name: str, made: Made, page: Page, rooms: Sequence[str]) -> Latency:
    """The times of one kind; of a page further on the time of that page alone."""
    bench.say(f"search: {name} …")
    chance = random.Random(name)
    further = _PAGE - 1 if name.startswith("page") else 0
    times = []
    for turn in range(bench.sizes.asked + _WARM):
        query = made(chance)
        for _ in range(further):
            query = replace(query, cursor=await page(query, rooms))
        began = time.perf_counter()
        await page(query, rooms)
        if turn >= _WARM:  # the first ones open connections
            times.append(time.perf_counter() - began)
    return summary(times)
