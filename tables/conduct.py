"""`conduct`: what is remembered of an account's behaviour over all its rooms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from chatstream.domain.abuse.account import AccountCounters
from infra.faust.app import ChatStreamApp
from tables.base import DurableTable
from tables.base import declare as declare_table


@dataclass(frozen=True, slots=True)
class Entry:
    """An account's counters, and the last place of each source that is in them.

    A source is a partition of a topic of wishes, or a fact line. `version` grows with each record:
    it is the record's own time in milliseconds where that is later, so that an account that was
    forgotten goes on with higher ones.
    """

    version: int = 0
    seen: Mapping[str, int] = field(default_factory=dict)
    counters: AccountCounters = field(default_factory=AccountCounters)

    def has_seen(self, source: str, place: int) -> bool:
        """True when the record of this place is in the counters already."""
        return place <= self.seen.get(source, -1)

    def after(self, source: str, place: int, counters: AccountCounters, at: float) -> Entry:
        """The entry once the record of this place has been judged; `at`: the record's own time."""
        version = max(self.version + 1, int(at * 1000))
        return Entry(version, {**self.seen, source: place}, counters)


class AccountConduct:
    """One key an account; value: [version, seen, counters], so that a repeat counts nothing."""

    def __init__(self, table: DurableTable) -> None:
        self._table = table
        self._looked_at: dict[int, str] = {}

    def read(self, partition: int, accounts: Sequence[str]) -> dict[str, Entry]:
        """The entries of the accounts, a fresh one where there is none."""
        held: dict[str, Any] = self._table.read(partition, accounts)
        return {
            account: _unpack(held[account]) if account in held else Entry() for account in accounts
        }

    def untouched(self, partition: int, since: float, most: int) -> dict[str, Entry]:
        """Entries without a record later than `since`, among the next `most` of the partition.

        Each call goes on where the one before ended; after the last entry comes the first.
        """
        last = self._looked_at.get(partition, "")
        others = (each for each in self._table.scan(partition, last) if each[0] != last)
        found = list(islice(others, most))
        self._looked_at[partition] = found[-1][0] if len(found) == most else ""
        return {account: _unpack(value) for account, value in found if value[0] <= since * 1000}

    async def write(
        self, partition: int, entries: Mapping[str, Entry], forgotten: Iterable[str] = ()
    ) -> None:
        """Keep the entries and drop the forgotten; durable on return.

        Raises like DurableTable.write.
        """
        changes: dict[str, list[object] | None] = dict.fromkeys(forgotten)
        for account, entry in entries.items():
            changes[account] = [entry.version, dict(entry.seen), entry.counters.pack()]
        await self._table.write(partition, changes)


def _unpack(value: Sequence[Any]) -> Entry:
    version, seen, counters = value
    return Entry(version, seen, AccountCounters.unpack(counters))


def declare(app: ChatStreamApp) -> AccountConduct:
    """Declare the table on the user app."""
    return AccountConduct(
        declare_table(app, "conduct", "what accounts did lately, over all rooms", fact_at=0)
    )
