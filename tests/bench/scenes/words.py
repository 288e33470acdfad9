"""(e): words counted while a stats worker catches up."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass, field

from infra.embedded.stack import Stack
from infra.embedded.waiting import wait_until
from tests.bench.drive import process, run_load
from tests.bench.lag import end_offsets, settle
from tests.bench.processes import cpu_of
from tests.bench.report import Section, Table, number
from tests.bench.scenes.bench import Bench
from tests.bench.wire import Counted, Job, WordsJob

COUNTED_WITHIN = 240.0
_LETTERS = str.maketrans("0123456789", "ghijklmnop")


@dataclass
class CatchUp:
    """Watches a worker count, until the word `last` is counted `count` times.

    `began` is the last moment at which the word `first` was not counted.
    """

    stack: Stack
    worker: str
    first: str
    last: str
    count: int
    began: float = field(default_factory=time.perf_counter)
    cpu_before: float = 0.0

    def _count(self, word: str) -> int:
        url = self.stack.endpoints.worker_url(self.worker)
        try:
            with urllib.request.urlopen(f"{url}/internal/words/{word}", timeout=5) as answer:  # noqa: S310
                found = json.load(answer)
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            return 0
        return int(found["count"]) if found["complete"] else 0

    def _is_done(self) -> bool:
        now, cpu = time.perf_counter(), cpu_of(self.stack.pid(self.worker))
        if self._count(self.first) == 0:
            self.began, self.cpu_before = now, cpu
            return False
        return self._count(self.last) == self.count

    def follow(self) -> tuple[float, float]:
        """Wait until everything is counted; the seconds and CPU seconds it took."""
        wait_until(self._is_done, COUNTED_WITHIN, "the counts")
        cpu = cpu_of(self.stack.pid(self.worker))
        return time.perf_counter() - self.began, cpu - self.cpu_before


def _store(bench: Bench, marker: str) -> None:
    people, sizes = bench.people, bench.sizes
    job = Job(
        mode="closed",
        port=bench.front_port,
        tokens=people.tokens,
        rooms=people.rooms,
        seats=people.seats(),
        senders=len(people.tokens),
        seconds=sizes.words_seconds,
        marker=marker,
    )
    run_load(bench.stack, job)


def bare_count(stack: Stack, marker: str, starts: list[int]) -> Counted:
    """Count what is on the topic from `starts` on with the same tokenizer and a dictionary."""
    ends = end_offsets(stack)
    job = WordsJob(bootstrap=stack.bootstrap, starts=starts, ends=ends, marker=marker)
    with process("bare_words", job) as counting:
        counted = counting.wait_for("result").counted
    if counted is None:
        raise TypeError("the bare counter gave no result")
    return counted


def words(bench: Bench) -> Section:
    """Store messages while no stats worker runs, then start them and wait for the counts."""
    stack = bench.stack
    workers = [worker.name for worker in stack.workers if worker.service == "stats"]
    marker = "bench" + uuid.uuid4().hex[:10].translate(_LETTERS)
    bench.people  # noqa: B018 (made before anything is stopped)
    settle(stack)
    starts = end_offsets(stack)
    bench.say("words: messages are stored while nobody counts …")
    for name in workers:
        stack.stop_process(name)
    try:
        _store(bench, marker)
        bare = bare_count(stack, marker, starts)
        bench.say(f"words: {bare.messages:,} messages are counted …")
    finally:
        for name in workers[:1]:
            stack.start_process(name)
    seconds, cpu = CatchUp(stack, workers[0], marker, marker, bare.marked).follow()
    for name in workers[1:]:
        stack.start_process(name)
        stack.wait_ready(name)
    return Section(
        "e",
        f"words counted while one stats worker catches up with {bare.messages:,} messages",
        [catch_up_table(bare, seconds, cpu)],
        notes=[
            "From the last moment with nothing counted until every message is; the worker writes"
            " each count to its changelog and to RocksDB, the bare reader keeps a dictionary."
        ],
    )


def catch_up_table(bare: Counted, seconds: float, cpu: float) -> Table:
    """The worker beside the bare reader; `seconds` and `cpu` are the worker's."""

    def row(name: str, took: float, used: float) -> list[str]:
        figures = (bare.words / took, bare.messages / took, 1000 * used / bare.messages)
        return [name, *(number(figure) for figure in figures)]

    rows = [
        row("stats worker", seconds, cpu),
        row("bare aiokafka, same tokenizer", bare.seconds, bare.cpu),
    ]
    return Table(("", "words/s", "messages/s", "CPU seconds per 1,000 messages"), rows)
