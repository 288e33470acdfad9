"""What the bench and its processes tell each other: one JSON line each, on pipes."""

from __future__ import annotations

import sys
from typing import Literal

import msgspec

from tests.bench.latency import Latency


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What a load does.

    A seat is a socket: (index of its token, index of its room). `closed`: each of the first
    `senders` seats sends its next message when the one before is stored. `open`: they send in
    turn, `rate` messages a second together, whatever comes back. `idle`: nobody sends; the
    sockets stay until standard input ends, with heart-beats every `beat` milliseconds, if any.
    """

    mode: Literal["closed", "open", "idle"]
    port: int
    tokens: list[str]
    rooms: list[str]
    seats: list[tuple[int, int]]
    senders: int = 0
    rate: float = 0
    warm_up: float = 0
    seconds: float = 0
    marker: str = ""
    beat: int = 0


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What a load saw between `begin` and `end`; `delivery` is to sockets of others.

    `sent`, `lost`, `disordered` and `unanswered` count from the first message to the last:
    deliveries that never came, those out of `seq` order, wishes that nobody answered. `late` is
    how much later than planned the load itself sent.
    """

    seconds: float
    acknowledged: int
    delivered: int
    sent: int
    lost: int
    disordered: int
    unanswered: int
    ack: Latency
    delivery: Latency
    late: Latency


class Returned(msgspec.Struct, frozen=True, kw_only=True):
    """How a crowd came back: how many, seconds until half and all were there, what others met.

    `refused`: attempts that were told to wait; `failed`: those without an answer; `unserved`:
    calls of somebody else that were not answered 200, and `others` their latency.
    """

    crowd: int
    back: int
    seconds: float
    half: float
    refused: int
    failed: int
    others: Latency
    unserved: int


class BareJob(msgspec.Struct, frozen=True, kw_only=True):
    """What the bare worker and its asker do: `askers` wait for answers, in turn of `rooms`.

    With a `rate` they ask in turn, so many a second together, whatever comes back.
    """

    bootstrap: str
    dsn: str
    request: str
    response: str
    partitions: int
    rooms: int
    askers: int
    warm_up: float
    seconds: float
    rate: float = 0


class FloodJob(msgspec.Struct, frozen=True, kw_only=True):
    """Whose accounts flood which room, from the first line on standard input to the second."""

    port: int
    tokens: list[str]
    room: str


class Flooded(msgspec.Struct, frozen=True):
    """What a flood came to: texts stored and refused, and the characters of all."""

    stored: int
    refused: int
    characters: int


class WordsJob(msgspec.Struct, frozen=True, kw_only=True):
    """What the bare counter counts: by partition, the first offset and the one after the last."""

    bootstrap: str
    starts: list[int]
    ends: list[int]
    marker: str


class Counted(msgspec.Struct, frozen=True):
    """What the bare counter did: messages, words in them, seconds, CPU, messages of the marker."""

    messages: int
    words: int
    seconds: float
    cpu: float
    marked: int


class BulkJob(msgspec.Struct, frozen=True, kw_only=True):
    """The actions in a file, one a line, that the client's own helper sends to Elasticsearch."""

    url: str
    path: str


class Bulked(msgspec.Struct, frozen=True):
    """How many documents were stored, in how many seconds, and the CPU seconds of the client."""

    stored: int
    seconds: float
    cpu: float


class PageJob(msgspec.Struct, frozen=True, kw_only=True):
    """How often a page of so many members is asked for, at a port of the process's own."""

    port: int
    members: int
    asked: int


class Paged(msgspec.Struct, frozen=True):
    """How long each page took, and the CPU seconds of both ends for all of them."""

    latency: Latency
    cpu: float


class ClaimJob(msgspec.Struct, frozen=True, kw_only=True):
    """Claims of a campaign: each is the index of its token, so many of them under way at once.

    They begin at the first further line on standard input; at the next one no more are begun.
    """

    port: int
    campaign_id: str
    tokens: list[str]
    claims: list[int]
    at_once: int


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of claims: how many got each answer, `issued` or a code, and how soon.

    `waited`: those that were answered 202 first; `again`: how often one was told to come again.
    """

    seconds: float
    answers: dict[str, int]
    winners: Latency
    losers: Latency
    waited: int
    again: int


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of a process: `ready` (with its port, if it serves), `begin`, `end`, `result`."""

    name: str
    port: int = 0
    result: Result | None = None
    counted: Counted | None = None
    flooded: Flooded | None = None
    returned: Returned | None = None
    paged: Paged | None = None
    bulked: Bulked | None = None
    claimed: Claimed | None = None


def tell(event: Event) -> None:
    """Write a line to standard output."""
    sys.stdout.buffer.write(msgspec.json.encode(event) + b"\n")
    sys.stdout.buffer.flush()


def told(line: bytes) -> Event:
    """The event of a line."""
    return msgspec.json.decode(line, type=Event)
