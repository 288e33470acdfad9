"""Debezium's records into changes: JSON without schemas, as its connector for Postgres tells them.

https://debezium.io/documentation/reference/3.6/connectors/postgresql.html#postgresql-events
"""

from __future__ import annotations

from typing import Any

import msgspec

from chatstream.domain.captured import CapturedChange, Version
from chatstream.errors import PoisonKind, PoisonMessage
from infra.connect.connectors import database_of
from schemas.cdc import BY_TOPIC, Captured

_IS_GONE = "d"
_IS_READ = "r"
_TOLD = frozenset(("c", "u", _IS_GONE, _IS_READ))


class _Source(msgspec.Struct, frozen=True):
    name: str
    lsn: int
    sequence: str | None = None


class _Envelope(msgspec.Struct, frozen=True):
    op: str
    source: _Source
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


_DECODER = msgspec.json.Decoder(_Envelope)
_SEQUENCE = msgspec.json.Decoder(tuple[str | None, str | None])


def change_of(topic: str, value: bytes | None) -> CapturedChange:
    """The change that a record tells; PoisonMessage when it tells none that is allowed."""
    table = BY_TOPIC[topic]
    try:
        envelope = _DECODER.decode(value or b"")
        before, database = _commit_before(envelope), database_of(envelope.source.name)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise PoisonMessage(f"{topic}: no change of a row", PoisonKind.UNREADABLE) from error
    is_gone = envelope.op == _IS_GONE
    row = envelope.before if is_gone else envelope.after
    if row is None or envelope.op not in _TOLD or not _is_allowed(table, row, is_gone=is_gone):
        raise PoisonMessage(f"{topic}: a row that is not as allowed", PoisonKind.UNREADABLE)
    is_read = envelope.op == _IS_READ
    return CapturedChange(
        table.table,
        database,
        tuple(row[name] for name in table.key),
        _version(envelope.source.lsn, before, is_read=is_read),
        None if is_gone else {name: row[name] for name in table.columns},
        row.get("account_id"),
        is_read=is_read,
        is_first=before is None and not is_read,
    )


def _is_allowed(table: Captured, row: dict[str, Any], *, is_gone: bool) -> bool:
    """Whether it has the columns that are allowed and no others; of one that is gone, its key."""
    if not row.keys() <= table.columns.keys():
        return False
    needed = table.key if is_gone else table.columns
    return all(name in row for name in needed) and all(row[name] is not None for name in table.key)


def _commit_before(envelope: _Envelope) -> int | None:
    """The first part of `sequence`; the second is where the change is, which `lsn` says as well."""
    sequence = envelope.source.sequence
    before = None if sequence is None else _SEQUENCE.decode(sequence)[0]
    return None if before is None else int(before)


def _version(lsn: int, before: int | None, *, is_read: bool) -> Version:
    """Of a row that was read the snapshot's place stands for the commit.

    A stream's first transaction has none before it, so its own place does.
    """
    if is_read:
        return lsn, 0
    return (lsn if before is None else before), lsn
