"""`conduct`: what is remembered of an account's behaviour over all its rooms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chatstream.domain.abuse.account import AccountCounters
from infra.kafka.app import ChatStreamApp
from tables.base import DurableTable
from tables.base import declare as declare_table


@dataclass(frozen=True, slots=True)
class Entry:
    """An account's counters, and the last place of each source that is in them.

    A source is a partition of a topic of wishes, or a fact line; `version` counts the writes.
    """

    version: int = 0
    seen: Mapping[str, int] = field(default_factory=dict)
    counters: AccountCounters = field(default_factory=AccountCounters)

    def has_seen(self, source: str, place: int) -> bool:
        """True when the record of this place is in the counters already."""
        return place <= self.seen.get(source, -1)

    def after(self, source: str, place: int, counters: AccountCounters) -> Entry:
        """The entry once the record of this place has been judged."""
        return Entry(self.version, {**self.seen, source: place}, counters)


class AccountConduct:
    """One key an account; value: [version, seen, counters], so that a repeat counts nothing."""

    def __init__(self, table: DurableTable) -> None:
        self._table = table

    def read(self, partition: int, accounts: Sequence[str]) -> dict[str, Entry]:
        """The entries of the accounts, a fresh one where there is none."""
        held: dict[str, Any] = self._table.read(partition, accounts)
        return {
            account: Entry(held[account][0], held[account][1], AccountCounters.unpack(value[2]))
            if (value := held.get(account)) is not None
            else Entry()
            for account in accounts
        }

    async def write(self, partition: int, entries: Mapping[str, Entry]) -> None:
        """Keep the entries; durable on return. Raises like DurableTable.write."""
        await self._table.write(
            partition,
            {
                account: [entry.version + 1, dict(entry.seen), entry.counters.pack()]
                for account, entry in entries.items()
            },
        )


def declare(app: ChatStreamApp) -> AccountConduct:
    """Declare the table on the user app."""
    return AccountConduct(
        declare_table(app, "conduct", "what accounts did lately, over all rooms", fact_at=0)
    )
