"""What the log keeps, for those who look into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class LogQuery:
    """Documents of these datasets that have all of it; `since <= time < until`, as text.

    `terms` are exact values by the field's name, `level` is the least one, `account` did it or it
    was done to, every word of `text` is in what a line says.
    """

    datasets: tuple[str, ...]
    terms: Mapping[str, str] = field(default_factory=dict)
    level: str | None = None
    account: str | None = None
    text: str | None = None
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class LogDocument:
    """A document as it is kept."""

    index: str
    id: str
    source: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bar:
    """How many documents there are from `at` on (seconds since 1970), and how many tell of a fault.

    A fault is an error's line, a refusal or a dead letter.
    """

    at: int
    count: int
    faults: int


@dataclass(frozen=True, slots=True)
class Bars:
    """The documents of a query over time: bars of `step` seconds from `since` to `until`.

    `services` and `actions` are the most frequent ones among them.
    """

    since: int
    until: int
    step: int
    bars: Sequence[Bar]
    total: int
    services: Sequence[str]
    actions: Sequence[str]


class LogReader(Protocol):
    """Reads the documents; TransientFailure while the store is away."""

    async def find(
        self, query: LogQuery, after: str | None, limit: int
    ) -> tuple[Sequence[LogDocument], str | None]:
        """The newest first in one total order, and the cursor of the next page (None: none)."""
        ...

    async def bars(self, query: LogQuery) -> Bars:
        """The histogram; an open range is that of the documents there are."""
        ...

    async def of_trace(self, trace_id: str) -> Sequence[LogDocument]:
        """All documents of a trace, the earliest first; of very many the first thousand."""
        ...

    async def run(self, index: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The store's answer to a search of our own files."""
        ...
