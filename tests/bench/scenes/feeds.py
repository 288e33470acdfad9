"""(s): pages of a feed and searches among many posts, and a push to many followers beside chat."""

from __future__ import annotations

import asyncio
import random
import threading
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

from chatstream.settings import ElasticSettings
from tests.bench.beside import others_job
from tests.bench.drive import Run, run_load
from tests.bench.lag import settle
from tests.bench.latency import Latency, summary
from tests.bench.people import account_in
from tests.bench.published import FILLED, follow, handle, publish, subscribe
from tests.bench.report import LATENCY_COLUMNS, Aim, Section, Table, latency_row, number
from tests.bench.scenes.bench import Bench, cpu_table
from tests.bench.text import vocabulary
from tests.client.api import User
from tests.client.known import rows
from tests.client.waiting import eventually

PAGE_MS, SEARCH_MS, MOVED = 30, 50, 1.5
WITHIN = 300.0
_PAGE, _WARM = 5, 5
_FIRST, _FURTHER = "the feed's first page", f"its page {_PAGE}"
_WAITING = "select count(*)::int from fan_outs"

Ask = Callable[[User, random.Random], Awaitable[float]]


def feeds(bench: Bench) -> Section:
    """Read and search by HTTP, then push while others talk."""
    sizes, stack = bench.sizes, bench.stack
    reader, author = bench.people.tokens[:2]
    bench.say(f"{sizes.feed_posts:,} posts of {sizes.feed_authors:,} authors …")
    settings = ElasticSettings(url=stack.elastic_url, request_timeout=120.0)
    dsn = stack.dsns["content"]
    made = publish(dsn, settings, sizes.feed_posts, sizes.indexed_posts, sizes.feed_authors)
    subscribe(dsn, account_in(reader), made.authors)
    bench.say("pages of a feed, and searches …")
    read = asyncio.run(_read(bench, reader, handle(made.authors[0])))
    follow(dsn, account_in(author), sizes.followers)
    settle(stack)
    bench.say(f"chat without and with a push to {sizes.followers:,} followers …")
    chats = {"without a push": run_load(stack, others_job(bench))}
    settle(stack)
    chats["with one all the time"], pushed = _beside_a_push(bench, author)
    return Section(
        "s",
        f"{sizes.feed_posts:,} posts, {sizes.feed_authors:,} subscriptions of the reader,"
        f" {sizes.followers:,} followers of an author",
        [_latencies(read, chats), _cpu(chats)],
        _aims(read, chats),
        _notes(bench, pushed),
    )


def _aims(read: Mapping[str, Latency], chats: Mapping[str, Run]) -> list[Aim]:
    pages = [Aim(f"{name}, p95", read[name].p95, PAGE_MS, "ms") for name in (_FIRST, _FURTHER)]
    searches = [
        Aim(f"{name}, p95", latency.p95, SEARCH_MS, "ms")
        for name, latency in read.items()
        if name.startswith("search")
    ]
    before, beside = (run.result.delivery.p99 for run in chats.values())
    moved = Aim("chat's p99 beside a push, of that without", beside / before, MOVED, "times")
    return [*pages, *searches, moved]


def _latencies(read: Mapping[str, Latency], chats: Mapping[str, Run]) -> Table:
    found = [latency_row(name, latency) for name, latency in read.items()]
    found += [latency_row(f"chat {name}", run.result.delivery) for name, run in chats.items()]
    return Table(LATENCY_COLUMNS, found)


def _cpu(chats: Mapping[str, Run]) -> Table:
    per = {name: (run.cpu, run.result.acknowledged / 1000) for name, run in chats.items()}
    return cpu_table(per, "1,000 messages of the chat")


def _notes(bench: Bench, pushed: Sequence[float]) -> list[str]:
    sizes, each = bench.sizes, summary(pushed)
    rate = sizes.followers / (each.mean / 1000)
    return [
        f"Up to {FILLED} posts of each author are in the reader's feed, as a subscription fills"
        f" it. {sizes.indexed_posts:,} posts are in the index; {sizes.asked} pages and searches of"
        " each kind, one after the other, past the gateway.",
        f"{len(pushed)} posts were pushed one after the other while the others talked,"
        f" {sizes.flood_rate} messages a second: {number(each.mean / 1000)} s each from its"
        f" publication on, {number(rate)} feeds a second.",
    ]


async def _read(bench: Bench, token: str, author: str) -> dict[str, Latency]:
    """Times of each kind of page, by HTTP past the gateway."""
    words = vocabulary()

    def searched(part: slice, more: str = "") -> Ask:
        async def ask(user: User, chance: random.Random) -> float:
            return await _timed(
                user, f"/search/content?q={quote(chance.choice(words[part]))}{more}"
            )

        return ask

    async def first(user: User, _chance: random.Random) -> float:
        return await _timed(user, "/content/feed")

    kinds: dict[str, Ask] = {
        _FIRST: first,
        _FURTHER: _further,
        "search: a usual word": searched(slice(0, 40)),
        "search: a usual word, best first": searched(slice(0, 40), "&sort=best"),
        "search: a rare word": searched(slice(2_000, 3_000)),
        "search: a usual word and a tag": searched(slice(0, 40), "&tag=tag7"),
    }
    user = User(f"http://127.0.0.1:{bench.front_port}", "bench", token=token)
    times: dict[str, list[float]] = {name: [] for name in kinds}
    try:
        for name, ask in kinds.items():
            chance = random.Random(name)
            for turn in range(bench.sizes.asked + _WARM):
                took = await ask(user, chance)
                if turn >= _WARM:  # the first ones open connections
                    times[name].append(took)
        times["an author's first page"] = [
            await _timed(user, f"/content?author={author}") for _ in range(bench.sizes.asked)
        ]
    finally:
        await user.close()
    return {name: summary(each) for name, each in times.items()}


async def _further(user: User, _chance: random.Random) -> float:
    path = "/content/feed"
    for _ in range(_PAGE - 1):
        cursor = (await user.insist("GET", path)).get("cursor")
        path = f"/content/feed?cursor={quote(cursor)}" if cursor else "/content/feed"
    return await _timed(user, path)


async def _timed(user: User, path: str) -> float:
    began = time.perf_counter()
    await user.call("GET", path)
    return time.perf_counter() - began


def _beside_a_push(bench: Bench, author: str) -> tuple[Run, Sequence[float]]:
    """The others talk while posts are pushed to all followers, one by one; seconds of each."""
    over = threading.Event()
    with ThreadPoolExecutor(1) as executor:
        going = executor.submit(lambda: asyncio.run(_push_on(bench, author, over)))
        try:
            run = run_load(bench.stack, others_job(bench))
        finally:
            over.set()
        return run, going.result()


async def _push_on(bench: Bench, author: str, over: threading.Event) -> Sequence[float]:
    user = User(f"http://127.0.0.1:{bench.front_port}", "bench", token=author)
    chance, dsn = random.Random(5), bench.stack.dsns["content"]
    pushed: list[float] = []

    async def is_pushed() -> bool:
        [(waiting,)] = await asyncio.to_thread(rows, dsn, _WAITING)
        return bool(waiting == 0)

    try:
        while not over.is_set():
            content_id = str(uuid.uuid4())
            body = " ".join(chance.sample(vocabulary(), 12))
            post = {"contentId": content_id, "title": body[:20], "body": body}
            await user.insist("POST", "/content", post)

            async def is_published(content_id: str = content_id) -> bool:
                shown = await user.insist("GET", f"/content/{content_id}?view=false")
                return bool(shown.get("publishedAt"))

            await eventually(is_published, WITHIN)
            began = time.perf_counter()
            await eventually(is_pushed, WITHIN)
            pushed.append(time.perf_counter() - began)
    finally:
        await user.close()
    return pushed
