"""(o): the log service beside the bare `async_bulk` of the same documents, in turn."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import aiohttp
import orjson

from agents.log_documents import Documents
from chatstream.domain.documents import Document
from chatstream.domain.event_documents import Origin
from infra.embedded.services import ProcessCounts
from infra.embedded.stack import Stack
from infra.embedded.waiting import wait_until
from infra.text.korean import Words
from schemas.contexts.messages import MESSAGE
from tests.bench.drive import process
from tests.bench.facts import Facts
from tests.bench.live import PARTITIONS, Live, live_stack
from tests.bench.processes import cpu_of
from tests.bench.report import Aim, Section, Table, number
from tests.bench.scenes.bench import Bench
from tests.bench.wire import BulkJob
from tests.client.metrics import samples, total

WORKER = "log-1"
ELASTIC = "elasticsearch"
WITHIN = 900.0
ROUNDS = 2
SHARE_AIM = 0.6
AT = "2001-02-03T04:05:06.789Z"
_DOCUMENTS_A_MESSAGE = 2


@dataclass
class Spent:
    """What so many rounds took: seconds, and the CPU seconds of the writer and Elasticsearch."""

    messages: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    elastic: float = 0.0
    rates: list[float] = field(default_factory=list)

    def add(self, messages: int, seconds: float, cpu: float, elastic: float) -> None:
        """Another round."""
        self.messages += messages
        self.seconds += seconds
        self.cpu += cpu
        self.elastic += elastic
        self.rates.append(messages / seconds)

    @property
    def rate(self) -> float:
        """Messages a second, over all rounds."""
        return self.messages / self.seconds

    def row(self, name: str) -> list[str]:
        """As a row of the table."""
        each = [1000 * cpu / self.messages for cpu in (self.cpu, self.elastic)]
        rounds = ", ".join(number(rate) for rate in self.rates)
        figures = (self.rate * _DOCUMENTS_A_MESSAGE, self.rate, *each)
        return [name, *(number(figure) for figure in figures), rounds]


class LogRuns:
    """Rounds of the same size, the helper's and the service's, each into new indices."""

    def __init__(self, bench: Bench, live: Live) -> None:
        self.bench = bench
        self.live = live
        self.facts = Facts(bench.sizes.vocabulary, bench.sizes.rooms, PARTITIONS)
        self.documents = Documents(Words())
        self.bare, self.service = Spent(), Spent()

    def run(self, turn: int) -> None:
        """One round of each; the helper's documents lie in a month that the service's do not."""
        at = AT.replace("2001", str(2001 + turn))
        said = [self.facts.next(at=at) for _ in range(self.bench.sizes.logged)]
        self._bare(said, str(1901 + turn))
        self._service(said)

    def _bare(self, said: list[tuple[int, bytes]], year: str) -> None:
        with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
            for document in self._made(said):
                place = document.index.rpartition("-")[0]
                action = _action(replace(document, index=f"{place}-{year}.01"))
                file.write(orjson.dumps(action) + b"\n")
            file.flush()
            job = BulkJob(url=self.bench.stack.elastic_url, path=str(Path(file.name)))
            before = self._elastic()
            with process("bare_bulk", job) as running:
                bulked = running.wait_for("result").bulked
        if bulked is None or bulked.stored != _DOCUMENTS_A_MESSAGE * len(said):
            raise AssertionError(f"the helper stored {bulked}")
        self.bare.add(len(said), bulked.seconds, bulked.cpu, self._elastic() - before)

    def _made(self, said: list[tuple[int, bytes]]) -> Iterator[Document]:
        topic = MESSAGE.response.name
        for offset, (partition, value) in enumerate(said):
            now = round(time.time() * 1000)
            origin = Origin(topic=topic, partition=partition, offset=offset, told=now)
            yield from self.documents.of(origin, value, now)

    def _service(self, said: list[tuple[int, bytes]]) -> None:
        self.live.produce(MESSAGE.response.name, ((place, None, value) for place, value in said))
        self.live.stack.start_process(WORKER)
        first = self._when(1)
        last = self._when(len(said))
        self.live.stack.stop_process(WORKER)
        messages, *spent = (after - before for before, after in zip(first, last, strict=True))
        self.service.add(int(messages), *spent)

    def _when(self, records: int) -> tuple[float, ...]:
        """So many are acknowledged: how many, when, and the CPU seconds of both until then."""
        seen: list[float] = [0.0]

        def are_done() -> bool:
            seen[0] = asyncio.run(_acknowledged(self.live.stack))
            return seen[0] >= records

        wait_until(are_done, WITHIN, f"{records:,} records")
        return (*seen, time.perf_counter(), cpu_of(self.live.stack.pid(WORKER)), self._elastic())

    def _elastic(self) -> float:
        return cpu_of(self.bench.stack.pid(ELASTIC))


async def _acknowledged(stack: Stack) -> float:
    try:
        found = await samples(stack, WORKER)
    except aiohttp.ClientError:
        return 0.0  # it is starting
    try:
        return total(found, "batch_records_sum", agent="log.sink")
    except KeyError:
        return 0.0


def _action(document: Document) -> dict[str, object]:
    """The document as the helper wants it."""
    place = {"_index": document.index, "_id": document.id, "_source": document.body}
    if document.version is None:
        return {"_op_type": "create", **place}
    version = {"version": document.version, "version_type": "external_gte"}
    return {"_op_type": "index", **place, **version}


def sink(bench: Bench) -> Section:
    """Index the same documents by the helper and by the service, one after the other, twice."""
    environment = {"CHATSTREAM_ELASTIC__URL": bench.stack.elastic_url}
    with live_stack(bench.stack, ProcessCounts(log=1), environment) as live:
        runs = LogRuns(bench, live)
        for turn in range(ROUNDS):
            bench.say(f"{bench.sizes.logged:,} messages into Elasticsearch, round {turn + 1} …")
            runs.run(turn)
    columns = (
        "",
        "documents/s",
        "messages/s",
        "its CPU seconds per 1,000 messages",
        "Elasticsearch's",
        "messages/s of each round",
    )
    rows = [runs.service.row("log service, from Kafka"), runs.bare.row("bare async_bulk")]
    return Section(
        "o",
        f"{bench.sizes.logged:,} messages into Elasticsearch, an event and a message each",
        [Table(columns, rows)],
        [
            Aim(
                "share of the bare async_bulk's rate",
                runs.service.rate / runs.bare.rate,
                SHARE_AIM,
                "",
                at_least=True,
            )
        ],
        [
            "The helper is given documents that are made already; the service reads facts, finds"
            " their words and commits. Both write new indices of the same templates, in turn."
        ],
    )
