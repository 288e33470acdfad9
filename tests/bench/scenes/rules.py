"""(g): what the rules against abuse cost for each message, in one process, without I/O."""

from __future__ import annotations

import time
from statistics import quantiles

from chatstream.domain.abuse.account import AccountCounters, judge_trace
from chatstream.domain.abuse.messages import matcher_of, read, trace_of
from chatstream.domain.abuse.policy import DEFAULT
from chatstream.domain.abuse.room import RoomCounters, judge
from infra.text.mecab import DictionaryReader
from tests.bench.report import Section, Table, number
from tests.bench.scenes.bench import Bench
from tests.bench.text import messages

SENDERS = 50
PAUSE = 2.0


def rules(bench: Bench) -> Section:
    """Judge what the other measurements send, each sender at a person's pace."""
    bench.say("rules against abuse …")
    began = time.perf_counter()
    matcher_of(DEFAULT)
    reader = DictionaryReader()
    compiled = time.perf_counter() - began
    rooms = [RoomCounters() for _ in range(SENDERS)]
    accounts = [AccountCounters() for _ in range(SENDERS)]
    in_room: list[float] = []
    over_all: list[float] = []
    for n, text in enumerate(messages(seed=1, count=bench.sizes.judged)):
        sender, now = n % SENDERS, n // SENDERS * PAUSE
        start = time.perf_counter()
        _, rooms[sender] = judge(DEFAULT, rooms[sender], text, now, reader)
        in_room.append(time.perf_counter() - start)
        trace = trace_of(DEFAULT, read(DEFAULT, text, reader))
        start = time.perf_counter()
        _, accounts[sender] = judge_trace(DEFAULT, accounts[sender], "room", trace, now)
        over_all.append(time.perf_counter() - start)
    rows = [_row("in its room", in_room), _row("over all rooms", over_all)]
    table = Table(("µs a message", "mean", "p50", "p99"), rows)
    notes = [f"{len(in_room)} messages; the word lists took {compiled:.2f} s to compile."]
    return Section("g", "Rules against abuse", [table], notes=notes)


def _row(name: str, seconds: list[float]) -> list[str]:
    cuts = quantiles(seconds, n=100)
    mean = sum(seconds) / len(seconds)
    return [name, *(number(figure * 1e6) for figure in (mean, cuts[49], cuts[98]))]
