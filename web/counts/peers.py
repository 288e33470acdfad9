"""Asking the stats workers for their parts: who holds what, in parallel, with a time limit.

A sum over all partitions needs every worker. The one that is asked takes its own partitions and
asks its peers for theirs; what does not answer in time is missing, and the answer says so instead
of giving a wrong total as a right one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Protocol, TypeVar

import aiohttp
import msgspec

from infra.faust.app import ChatStreamApp
from tables.base import DurableTable

log = logging.getLogger(__name__)

Client = Callable[[], aiohttp.ClientSession]


class HasPartitions(Protocol):
    """A part of an answer: of which partitions, in which generation of the consumer group.

    Partitions of one generation are disjoint.
    """

    @property
    def generation(self) -> int:
        """The consumer group's generation."""
        ...

    @property
    def partitions(self) -> tuple[int, ...]:
        """The partitions that are in it."""
        ...


class PeerFailure(OSError):
    """A stats worker cannot be asked, or its answer cannot be read."""


P = TypeVar("P")
A = TypeVar("A", bound=HasPartitions)
D = TypeVar("D")


async def in_time(question: Awaitable[D], timeout: float) -> D | None:
    """A worker's answer; None when it cannot say or takes longer than `timeout` seconds."""
    try:
        async with asyncio.timeout(timeout):
            return await question
    except (OSError, TimeoutError) as error:
        log.warning("a stats worker did not answer: %s", error or type(error).__name__)
        return None


async def ask_all(
    peers: Sequence[P], question: Callable[[P], Awaitable[A]], timeout: float
) -> dict[P, A]:
    """The parts of those that answer in time, of the newest generation only."""
    answers = await asyncio.gather(*(in_time(question(peer), timeout) for peer in peers))
    parts = {peer: part for peer, part in zip(peers, answers, strict=True) if part is not None}
    newest = max((part.generation for part in parts.values()), default=0)
    return {peer: part for peer, part in parts.items() if part.generation == newest}


def answered(parts: Iterable[HasPartitions]) -> int:
    """From how many partitions the parts are."""
    return len({partition for part in parts for partition in part.partitions})


class Remote:
    """Another worker's internal routes; raises OSError when it cannot say."""

    def __init__(self, client: Client, url: str) -> None:
        self._client = client
        self.url = url.rstrip("/")

    async def get(self, path: str, decoder: msgspec.json.Decoder[D]) -> D:
        """What a GET of the path answers."""
        return await self._ask("GET", path, decoder, None)

    async def post(self, path: str, decoder: msgspec.json.Decoder[D], body: object) -> D:
        """What a POST of a JSON body answers."""
        return await self._ask("POST", path, decoder, msgspec.json.encode(body))

    async def _ask(
        self, method: str, path: str, decoder: msgspec.json.Decoder[D], data: bytes | None
    ) -> D:
        headers = {"Content-Type": "application/json"}
        try:
            async with self._client().request(
                method, self.url + path, data=data, headers=headers
            ) as response:
                response.raise_for_status()
                return decoder.decode(await response.read())
        except (aiohttp.ClientError, msgspec.MsgspecError) as error:
            status = getattr(error, "status", "")  # its text has the whole URL, with the word asked
            raise PeerFailure(f"{self.url}: {type(error).__name__} {status}".rstrip()) from error


def other_owners(app: ChatStreamApp, table: DurableTable) -> list[str]:
    """The URLs of the other workers that own a partition, by the group's assignment metadata."""
    own = str(app.conf.canonical_url)
    held = app.assignor.tables_metadata()
    return sorted(url for url in held if held[url].get(table.changelog_topic_name) and url != own)


def owner_of(app: ChatStreamApp, table: DurableTable, partition: int) -> str | None:
    """The URL of the other worker that owns a partition of the table; None when none does."""
    own = str(app.conf.canonical_url)
    topic = table.changelog_topic_name
    for url, held in app.assignor.tables_metadata().items():
        if partition in held.get(topic, ()) and url != own:
            return str(url)
    return None
