"""The rows of the reporting database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from chatstream.domain.captured import (
    CapturedChange,
    SnapshotPlace,
    forgetting,
    joined,
    newest,
    snapshot_marks,
)
from chatstream.ports.reporting import Snapshot
from infra.postgres.pool import Database, Transaction
from schemas.cdc import CAPTURED, Captured, Forgets

# Held by whoever keeps rows together, by whoever erases alone: no batch that was judged before an
# erasure is stored after it.
_KEEPING = "select pg_advisory_xact_lock_shared(7170)"
_ERASING = "select pg_advisory_xact_lock(7170)"

_BURY = """
insert into erased (digest, created_at, erased_at)
select sha256(uuid_send(w.account_id)), coalesce(w.created_at, a.created_at), w.erased_at
from jsonb_to_recordset(%s::jsonb)
    as w (account_id uuid, created_at timestamptz, erased_at timestamptz)
left join accounts a on a.account_id = w.account_id order by 1
on conflict (digest) do update set created_at = coalesce(erased.created_at, excluded.created_at)
"""
_BURIED = """
select a::text from unnest(%s::uuid[]) as a
where exists (select from erased where digest = sha256(uuid_send(a)))
"""
# As chatstream.domain.captured.told_of and begun_at.
_MARK = """
insert into snapshots (source, lsn, begun_lsn) values (%s, %s, 0)
on conflict (source) do update set lsn = excluded.lsn, begun_lsn = snapshots.lsn
where excluded.lsn > snapshots.lsn
"""
_BEGIN = """
insert into snapshots (source, lsn, begun_lsn) values (%s, %s, %s)
on conflict (source) do update set lsn = excluded.lsn, begun_lsn = excluded.lsn
where excluded.lsn > snapshots.lsn
"""
_PLACES = "select source, lsn, begun_lsn from snapshots where source = any (%s)"
_UNSWEPT = "select source, lsn from snapshots where lsn > swept_lsn order by source"
_SWEPT = "update snapshots set swept_lsn = greatest(swept_lsn, %s) where source = %s"
_FORGET_MARKS = "delete from {} where gone_at < clock_timestamp() - interval '7 days' returning 1"

_META = ("source", "commit_lsn", "lsn", "gone_at")
_ROWS = {each.table for each in CAPTURED if each.forgets is Forgets.ROW}
_NOW = "clock_timestamp()"


def _upsert(table: Captured) -> str:
    columns = [*table.columns, *_META]
    listed, key = ", ".join(columns), ", ".join(table.key)
    changed = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in table.key)
    return f"""
insert into {table.table} ({listed})
select {listed} from jsonb_populate_recordset(null::{table.table}, %s::jsonb) order by {key}
on conflict ({key}) do update set {changed}
where ({table.table}.commit_lsn, {table.table}.lsn) <= (excluded.commit_lsn, excluded.lsn)
"""


def _forget(table: Captured) -> str:
    if table.forgets is Forgets.ROW:
        return f"delete from {table.table} where account_id = any (%s::uuid[]) returning 1"
    return f"""
update {table.table} set account_id = null where account_id = any (%s::uuid[]) returning 1
"""


_UPSERT = {each.table: _upsert(each) for each in CAPTURED}
_FORGET = {each.table: _forget(each) for each in CAPTURED if each.forgets is not None}
# As chatstream.domain.captured.is_swept.
_SWEEP = {
    each.table: f"""
delete from {each.table} t using snapshots s
where t.source = s.source and t.source = %s and t.commit_lsn < %s
    and not (t.commit_lsn = t.lsn and t.lsn > s.begun_lsn)
returning 1
"""
    for each in CAPTURED
}
_KEYS = {each.table: each.key for each in CAPTURED}


class PostgresReporting:
    """ports.reporting.ReportingStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, changes: Sequence[CapturedChange], /) -> None:
        """See ports.reporting.ReportingStore."""

        async def work(transaction: Transaction) -> None:
            ends = _ends(changes)
            await transaction.fetch(_ERASING if ends else _KEEPING)
            if ends:
                await _bury(transaction, ends)
            for source, lsn in sorted(snapshot_marks(changes).items()):
                await transaction.fetch(_MARK, (source, lsn))
            placed = joined(changes, await _places(transaction, changes))
            named = {each.account for each in changes if each.account is not None}
            gone = await transaction.fetch(_BURIED, (sorted(named),)) if named else []
            await _store(
                transaction, forgetting(newest(placed), {each for (each,) in gone}, rows=_ROWS)
            )

        await self._database.in_transaction(work)

    async def erase(self, account_id: str) -> Mapping[str, int]:
        """See ports.reporting.ReportingStore."""

        async def work(transaction: Transaction) -> Mapping[str, int]:
            await transaction.fetch(_ERASING)
            ((now,),) = await transaction.fetch(f"select {_NOW}")
            found = await _bury(
                transaction, [{"account_id": account_id, "erased_at": now.isoformat()}]
            )
            return {"rows of reports": found}

        return await self._database.in_transaction(work)

    async def unswept(self) -> Sequence[Snapshot]:
        """See ports.reporting.ReportingStore."""
        return [Snapshot(source, lsn) for source, lsn in await self._database.fetch(_UNSWEPT)]

    async def begin_snapshot(self, source: str, lsn: int) -> None:
        """See ports.reporting.ReportingStore."""
        await self._database.fetch(_BEGIN, (source, lsn, lsn))

    async def sweep(self, snapshot: Snapshot) -> int:
        """See ports.reporting.ReportingStore; marks from before what Kafka keeps go along."""

        async def work(transaction: Transaction) -> int:
            place = (snapshot.source, snapshot.lsn)
            removed = [len(await transaction.fetch(each, place)) for each in _SWEEP.values()]
            for table in _UPSERT:
                await transaction.fetch(_FORGET_MARKS.format(table))
            await transaction.fetch(_SWEPT, (snapshot.lsn, snapshot.source))
            return sum(removed)

        return await self._database.in_transaction(work)


def _ends(changes: Sequence[CapturedChange]) -> list[Mapping[str, Any]]:
    """What the changes say of accounts that are erased, once for each."""
    found = {
        change.key: {name: change.row[name] for name in ("account_id", "created_at", "erased_at")}
        for change in changes
        if change.row is not None and change.row.get("erased_at") is not None
    }
    return list(found.values())


async def _places(
    transaction: Transaction, changes: Sequence[CapturedChange]
) -> Mapping[str, SnapshotPlace]:
    """The places of the sources of which first transactions are among the changes."""
    sources = sorted({each.source for each in changes if each.is_first})
    found = await transaction.fetch(_PLACES, (sources,)) if sources else []
    return {source: SnapshotPlace(lsn, begun) for source, lsn, begun in found}


async def _bury(transaction: Transaction, ends: Sequence[Mapping[str, Any]]) -> int:
    await transaction.fetch(_BURY, (orjson.dumps(ends).decode(),))
    accounts = [each["account_id"] for each in ends]
    return sum([len(await transaction.fetch(each, (accounts,))) for each in _FORGET.values()])


async def _store(transaction: Transaction, changes: Sequence[CapturedChange]) -> None:
    rows: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    ((now,),) = await transaction.fetch(f"select {_NOW}::text")
    for change in changes:
        commit_lsn, lsn = change.version
        held = change.row or dict(zip(_KEYS[change.table], change.key, strict=True))
        gone = None if change.row is not None else now
        meta = {"source": change.source, "commit_lsn": commit_lsn, "lsn": lsn, "gone_at": gone}
        rows[change.table].append({**held, **meta})
    for table in sorted(rows):
        await transaction.fetch(_UPSERT[table], (orjson.dumps(rows[table]).decode(),))
