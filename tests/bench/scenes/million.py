"""(k): tables of a million words: memory, recovery, and the top of them under way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import aiohttp
import msgspec
from aiokafka import AIOKafkaProducer

from infra.embedded.waiting import wait_until
from schemas.contexts.messages import MESSAGE
from tests.bench.facts import Facts
from tests.bench.latency import Latency, summary
from tests.bench.live import PARTITIONS, WORKERS, Live, changelog, live_stack
from tests.bench.processes import cpu_of
from tests.bench.report import LATENCY_COLUMNS, Aim, Section, Table, latency_row, number
from tests.bench.scenes.bench import Bench
from tests.bench.text import distinct

TOP_AIM = 50.0
# The most used words are said in every partition, the others in one.
EVERYWHERE = 0.02
WRITTEN_A_SECOND = 100
# Answers that open connections, and seconds between two questions.
FIRST_ONES = 5
PAUSE = 0.02
IDLE_WITHIN = 900.0
_MIB = 2**20


def million_words(bench: Bench) -> Section:
    """Fill the changelog, then start, stop and ask workers."""
    size = bench.sizes.table_words
    first, second = WORKERS
    bench.say(f"tables of {size:,} words …")
    with live_stack(bench.stack) as live:
        empty_start = live.start(first)
        empty = live.memory(first)
        live.stack.stop_process(first)
        live.produce(changelog("word_counts"), rows_of(size))
        rows = live.written(["word_counts"])["word_counts"]
        fresh = live.start(first, fresh=True)
        grown = live.memory(first) - empty
        live.stack.stop_process(first)
        restarted = live.start(first)
        live.start(second)
        wait_until(lambda: _is_idle(live), IDLE_WITHIN, "the standby copies")
        latency = asyncio.run(_ask(bench, live))
        told_to_stop = time.perf_counter()
        live.stack.stop_process(first)
        live.until_complete(second)
        taken_over = time.perf_counter() - told_to_stop
        alone = live.memory(second) - empty
    times = {
        "with empty tables": empty_start,
        "from the changelog, without a copy": fresh,
        "restarted, with its own copy": restarted,
        "from a standby, since the other one was told to stop": taken_over,
    }
    return Section(
        "k",
        f"a table of {size:,} words ({rows:,} keys)",
        [
            Table(
                ("until every partition answers", "s"),
                [[name, number(seconds)] for name, seconds in times.items()],
            ),
            Table(
                ("resident memory a million words", "MiB"),
                [
                    ["one worker, right after it recovered", number(grown / _MIB * 1e6 / size)],
                    ["the same alone, after it was a standby", number(alone / _MIB * 1e6 / size)],
                    ["a worker with empty tables", number(empty / _MIB)],
                ],
            ),
            Table(LATENCY_COLUMNS, [latency_row("top 20 of two workers", latency)]),
        ],
        [Aim("top 20, p95", latency.p95, TOP_AIM, "ms")],
        [
            "Starts include the process and its place in the group. A worker that is killed is"
            " missed after the session timeout, 6 s by default. The top is asked of a worker, which"
            f" asks the other, while {WRITTEN_A_SECOND} messages a second are counted."
        ],
    )


def rows_of(size: int) -> Iterator[tuple[int, bytes, bytes]]:
    """(partition, key, value) of a table with so many words."""
    encode = msgspec.json.encode
    for rank, word in enumerate(distinct(size), start=1):
        count = max(1, size // rank)
        if rank <= size * EVERYWHERE:
            for partition in range(PARTITIONS):
                yield partition, encode(f"{partition}:{word}"), encode([count, 1, count])
        else:
            partition = rank % PARTITIONS
            value = [count, 1, count, [rank], [rank, rank + 1]]
            yield partition, encode(f"{partition}:{word}"), encode(value)


def _is_idle(live: Live) -> bool:
    """Whether both workers use next to no CPU for two seconds: nothing is copied any more."""
    pids = [live.stack.pid(worker) for worker in WORKERS]
    before = sum(cpu_of(pid) for pid in pids)
    time.sleep(2)
    return sum(cpu_of(pid) for pid in pids) - before < 0.25 and live.is_complete(WORKERS[0])


async def _ask(bench: Bench, live: Live) -> Latency:
    """Ask one worker for the top of both, while others write."""
    url = live.stack.endpoints.worker_url(WORKERS[0]) + "/internal/words?top=20"
    times = []
    writing = asyncio.create_task(_write(bench, live))
    try:
        async with aiohttp.ClientSession() as http:
            for asked in range(bench.sizes.asked + FIRST_ONES):
                began = time.perf_counter()
                async with http.get(url) as answer:
                    found = await answer.json()
                if asked >= FIRST_ONES:
                    times.append(time.perf_counter() - began)
                if not found["complete"] or len(found["words"]) != 20:
                    raise ValueError(f"the answer is not whole: {found}")
                if writing.done():
                    writing.result()
                await asyncio.sleep(PAUSE)
    finally:
        writing.cancel()
    return summary(times)


async def _write(bench: Bench, live: Live) -> None:
    """Facts of messages at a steady rate, until it is cancelled."""
    facts = Facts(bench.sizes.vocabulary, bench.sizes.rooms, PARTITIONS)
    producer = AIOKafkaProducer(bootstrap_servers=live.stack.bootstrap)
    await producer.start()
    try:
        while True:
            partition, value = facts.next()
            await producer.send(MESSAGE.response.name, value, partition=partition)
            await asyncio.sleep(1 / WRITTEN_A_SECOND)
    finally:
        await producer.stop()
