"""The fact line in Postgres: where a batch of wishes becomes numbered facts, in one transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from chatstream.domain.decisions import Refuse, Unchanged
from chatstream.domain.lines import Fact, Identity, Numbers, Settled, Wish
from infra.postgres.epochs import LineEpochs
from infra.postgres.pool import Database, Parameters, Transaction
from infra.postgres.settled_wishes import WRITE, answer_of, key_of, rows_of

_LOCK = "select part, last_no, moment from lock_lines(%s, %s::int[], %s::bigint[])"


@dataclass(frozen=True)
class FactTable:
    """Where the facts of a line are kept: one row each, with its partition and number.

    `identity` are the uuid columns by which a wish is known, `columns` the others with their types.
    `only` narrows the facts down to those that answer such wishes. The database has
    `settled_wishes` too.
    """

    name: str
    identity: Sequence[str]
    columns: Mapping[str, str]
    only: str = "true"

    @cached_property
    def former(self) -> str:
        """Reads the facts of wishes, and (without `fact_no`) the answers of those without any.

        A parameter for each column of the identity, and the keys of `settled`.
        """
        of_wish = ", ".join(f"{each}::text" for each in self.identity)
        own = ", ".join(
            f"{name}::text" if type_ == "uuid" else name for name, type_ in self.columns.items()
        )
        asked = ", ".join("%s::uuid[]" for _ in self.identity)
        nothing = ", ".join("null" for _ in [*self.identity, "fact_no", *self.columns])
        return (
            f"select {of_wish}, fact_no, {own}, null, null from {self.name} where {self.only}"
            f" and ({', '.join(self.identity)}) in (select * from unnest({asked}))"
            f" union all select {nothing}, key::text, code from settled_wishes"
            " where key = any (%s::uuid[]) order by fact_no"
        )

    @cached_property
    def write(self) -> str:
        """Keeps facts given as JSON and raises the heads of their lines."""
        types = {"partition": "int", "fact_no": "bigint"}
        types |= dict.fromkeys(self.identity, "uuid") | dict(self.columns)
        names = ", ".join(types)
        row = ", ".join(f"{name} {type_}" for name, type_ in types.items())
        return (
            f"with fresh as (select * from jsonb_to_recordset(%s::jsonb) as t ({row})), "
            "raised as (update lines set head = top.head from"
            " (select partition, max(fact_no) as head from fresh group by partition) as top"
            " where topic = %s and lines.partition = top.partition) "
            f"insert into {self.name} ({names}) select {names} from fresh"
        )


@dataclass(slots=True, kw_only=True)
class LineBatch(Numbers):
    """The numbers of a batch, and the transaction that holds its locks."""

    transaction: Transaction
    topic: str
    table: FactTable | None

    async def fetch(self, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """Run one statement under the locks and return its rows."""
        return await self.transaction.fetch(sql, parameters)

    async def write(self) -> None:
        """Keep the new facts and raise the heads; done at the end of the batch in any case."""
        if not self.fresh or self.table is None:
            return
        names = self.table.identity
        rows = [
            {"partition": wish.partition, "fact_no": fact.fact_no}
            | dict(zip(names, wish.identity, strict=True))
            | dict(fact.values)
            for wish, fact in self.fresh
        ]
        await self.fetch(self.table.write, (orjson.dumps(rows).decode(), self.topic))
        self.fresh.clear()

    async def write_settled(self) -> None:
        """Keep the answers of the wishes that changed nothing; done at the end of the batch."""
        if self.settled.fresh:
            await self.fetch(WRITE, rows_of(self.topic, self.settled.fresh))
            self.settled.fresh.clear()


class FactLine:
    """The lines of one topic in one database, with their facts in `table`.

    Without a table there are no facts: epochs and locks alone keep a state in order.
    """

    def __init__(
        self, database: Database, lines: LineEpochs, table: FactTable | None = None
    ) -> None:
        self._database = database
        self._lines = lines
        self._table = table

    @asynccontextmanager
    async def batch(
        self, generation: int | None, wishes: Sequence[Wish], beside: Iterable[int] = ()
    ) -> AsyncIterator[LineBatch]:
        """One transaction that holds the locks of the wishes' lines; at least one wish.

        The epochs are claimed when this generation has not done so. `beside` are the partitions of
        wishes that SQL numbers. In the body the store locks what else it needs (rooms in id order),
        reads its state, decides wish by wish, and writes its rows; the facts and what was settled
        are written after it, before the commit. Any error rolls everything back.

        Raises Fenced when a newer worker owns one of the lines, and what Database raises.
        """
        partitions = {wish.partition for wish in wishes} | set(beside)
        epochs = await self._lines.epochs(generation, partitions)
        mine = (self._lines.topic, list(epochs), list(epochs.values()))
        async with self._database.transaction() as transaction:
            rows = await transaction.fetch(_LOCK, mine)
            former, known = await self._former(transaction, wishes)
            batch = LineBatch(
                heads={part: last_no for part, last_no, _ in rows},
                now=rows[0][2],
                former=former,
                settled=Settled(known),
                transaction=transaction,
                topic=self._lines.topic,
                table=self._table,
            )
            yield batch
            await batch.write()
            await batch.write_settled()

    async def _former(
        self, transaction: Transaction, wishes: Sequence[Wish]
    ) -> tuple[dict[Identity, list[Fact]], dict[Identity, Refuse | Unchanged]]:
        """What came of these wishes before: the facts, and the answers of those without any."""
        former: dict[Identity, list[Fact]] = {}
        known: dict[Identity, Refuse | Unchanged] = {}
        if self._table is None or not wishes:
            return former, known
        width = len(self._table.identity)
        identities = [wish.identity for wish in wishes]
        keys = {key_of(self._lines.topic, each): each for each in identities}
        asked = [*map(list, zip(*identities, strict=True)), list(keys)]
        for *row, key, code in await transaction.fetch(self._table.former, asked):
            if row[width] is None:
                known[keys[key]] = answer_of(code)
                continue
            values = dict(zip(self._table.columns, row[width + 1 :], strict=True))
            former.setdefault(tuple(row[:width]), []).append(Fact(row[width], values))
        return former, known
