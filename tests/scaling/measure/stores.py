"""How many bytes each store has, read from the stores themselves."""

from __future__ import annotations

import json
import urllib.request
from collections import defaultdict
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from infra.embedded.stack import Stack

_SIZES = """
select coalesce(sum(pg_table_size(oid)), 0), coalesce(sum(pg_indexes_size(oid)), 0)
from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"""
_WAL = "select wal_bytes::bigint, wal_fpi from pg_stat_wal"
_CONNECTIONS = """
select application_name, count(*) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() group by 1"""


@dataclass(frozen=True)
class Rows:
    """Bytes of the chat databases: tables, their indices, and the log of changes so far."""

    tables: int
    indices: int
    wal: int
    pages: int
    """Whole pages in the log: each page's first change after a checkpoint."""


def _chat_databases(stack: Stack) -> list[str]:
    return [dsn for name, dsn in stack.dsns.items() if name.startswith("chat-")]


def postgres(stack: Stack) -> Rows:
    """Of all chat databases together."""
    sums = [0, 0, 0, 0]
    for dsn in _chat_databases(stack):
        with closing(psycopg2.connect(dsn)) as link, link.cursor() as cursor:
            for place, statement in ((0, _SIZES), (2, _WAL)):
                cursor.execute(statement)
                row = cursor.fetchone() or (0, 0)
                sums[place] += int(row[0])
                sums[place + 1] += int(row[1])
    return Rows(*sums)


def connections(stack: Stack) -> Mapping[str, int]:
    """How many connections the chat databases have, by the name of the application."""
    found: dict[str, int] = defaultdict(int)
    for dsn in _chat_databases(stack):
        with closing(psycopg2.connect(dsn)) as link, link.cursor() as cursor:
            cursor.execute(_CONNECTIONS)
            for name, count in cursor.fetchall():
                found[name] += int(count)
    return found


def kafka(stack: Stack) -> Mapping[str, int]:
    """Bytes of the records of each topic, one copy, as they lie on the broker's disk."""
    found: dict[str, int] = defaultdict(int)
    for file in stack.layout.data("kafka").rglob("*.log"):
        topic, _, partition = file.parent.name.rpartition("-")
        if partition.isdigit():
            found[topic] += file.stat().st_size
    return found


def folder(path: Path) -> int:
    """Bytes that the files below a folder take."""
    return sum(512 * file.lstat().st_blocks for file in path.rglob("*") if file.is_file())


def logs(stack: Stack) -> Mapping[str, int]:
    """Bytes of each process' log file."""
    return {file.stem: file.stat().st_size for file in stack.layout.log.glob("*.log")}


def _elastic(stack: Stack, path: str, method: str = "GET") -> object:
    request = urllib.request.Request(f"{stack.elastic_url}{path}", method=method)  # noqa: S310
    with urllib.request.urlopen(request, timeout=300) as answer:  # noqa: S310
        return json.load(answer)


def elastic(stack: Stack, kind: str) -> tuple[int, int]:
    """Documents and bytes of their primary shards, merged into one segment each."""
    names = f"chatstream-{kind}*"
    _elastic(stack, f"/{names}/_forcemerge?max_num_segments=1", "POST")
    _elastic(stack, f"/{names}/_flush?force=true", "POST")
    _elastic(stack, f"/{names}/_refresh", "POST")
    found = _elastic(stack, f"/{names}/_stats/docs,store")
    if not isinstance(found, dict):
        raise TypeError("Elasticsearch told no figures")
    primaries = found["_all"]["primaries"]
    return int(primaries["docs"]["count"]), int(primaries["store"]["size_in_bytes"])
