"""A database as the adapters see it: short statements, bounded waits, errors of our own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import aiopg
import psycopg2
import psycopg2.extensions
from psycopg2.extras import register_uuid

from chatstream.errors import Fenced, PoisonKind, PoisonMessage, TransientFailure
from chatstream.settings import PostgresSettings
from infra.postgres.metrics import CONNECTIONS, LIMIT, PoolMetrics, failed
from infra.spans import storing

T = TypeVar("T")
# Of a statement's %s, in order, or of its %(name)s.
Parameters = Sequence[object] | Mapping[str, object]

# Raised by our SQL functions when the caller's epoch of a fact line is not the newest.
FENCED = "CS001"
# The SQLSTATE classes of faults in the data itself: data exception, integrity violation.
_DATA_CLASSES = ("22", "23")


def _failure(error: BaseException, name: str) -> Exception:
    """The error a caller understands; its text names no value, which Postgres quotes."""
    code = getattr(error, "pgcode", None) or ""
    text = f"{name}: {type(error).__name__} {code or str(error).strip()} {_place(error)}".rstrip()
    if code == FENCED:
        return Fenced(text)
    if code[:2] in _DATA_CLASSES:
        return PoisonMessage(text, PoisonKind.STORE)
    return TransientFailure(text)


def _place(error: BaseException) -> str:
    """Which constraint, column or table; a message without a code is libpq's, on connections."""
    diagnosis = getattr(error, "diag", None)
    names = ("constraint_name", "column_name", "table_name")
    found = (getattr(diagnosis, name, None) for name in names)
    return " ".join(name for name in found if isinstance(name, str))


class _Connection(psycopg2.extensions.connection):
    """A connection whose socket nobody on this loop waits for yet.

    libpq closes the socket of an attempt that fails, and aiopg does not learn of it. Where a
    server refuses connections over TCP, uvloop keeps a closed handle under that number, and raises
    RuntimeError when the next socket has it.
    """

    def __init__(self, dsn: str, async_: int = 0) -> None:
        super().__init__(dsn, async_=async_)
        loop = asyncio.get_running_loop()
        loop.remove_reader(self.fileno())
        loop.remove_writer(self.fileno())


class Database:
    """A pool of connections to one database.

    Connects on first use, so that a database that is down delays only what needs it. Every wait
    is bounded: for a connection by `connect_timeout`, for a statement by `statement_timeout_ms`
    (kept by the server) and a little more (kept here, for a server that does not answer).

    Raises TransientFailure when the database is away or too slow, PoisonMessage when it refused
    the data, Fenced when a statement found a newer epoch.
    """

    def __init__(
        self, name: str, dsn: str, settings: PostgresSettings, application: str = "chatstream"
    ) -> None:
        self.name = name
        self._application = application
        self._dsn = dsn
        self._settings = settings
        self._pool: aiopg.Pool | None = None
        self._opening = asyncio.Lock()
        self._metrics = PoolMetrics(name)
        CONNECTIONS.watch(self)
        LIMIT.watch(self)

    @property
    def size_limit(self) -> int:
        """Connections at most."""
        return self._settings.pool_size

    def connections(self) -> tuple[int, int]:
        """(held by somebody, open and free)."""
        pool = self._pool
        return (0, 0) if pool is None else (pool.size - pool.freesize, pool.freesize)

    async def _opened(self) -> aiopg.Pool:
        if self._pool is None:
            async with self._opening:
                if self._pool is None:
                    self._pool = await self._open()
        return self._pool

    async def _open(self) -> aiopg.Pool:
        settings = self._settings
        options = (
            f"-c statement_timeout={settings.statement_timeout_ms}"
            f" -c lock_timeout={settings.lock_timeout_ms} -c timezone=UTC"
            f" -c idle_in_transaction_session_timeout={settings.statement_timeout_ms * 2}"
        )
        return await aiopg.create_pool(
            self._dsn,
            minsize=0,
            maxsize=settings.pool_size,
            timeout=settings.statement_timeout_ms / 1000 + 1,
            enable_json=False,
            enable_hstore=False,
            enable_uuid=False,
            on_connect=_prepare,
            options=options,
            application_name=self._application,
            connect_timeout=int(settings.connect_timeout),
            connection_factory=_Connection,
        )

    async def _acquired(self) -> tuple[aiopg.Pool, aiopg.Connection]:
        began = time.perf_counter()
        try:
            pool = await self._opened()
            async with asyncio.timeout(self._settings.connect_timeout):
                return pool, await pool.acquire()
        except (psycopg2.Error, TimeoutError, OSError) as error:
            raise self._failed(error) from error
        finally:
            self._metrics.waited.observe(time.perf_counter() - began)

    def _failed(self, error: BaseException) -> Exception:
        found = _failure(error, self.name)
        failed(self.name, found)
        return found

    @asynccontextmanager
    async def _cursor(self) -> AsyncIterator[aiopg.Cursor]:
        pool, connection = await self._acquired()
        began = time.perf_counter()
        try:
            with storing(self.name):
                async with connection.cursor() as cursor:
                    yield cursor
        except (psycopg2.Error, TimeoutError, OSError) as error:
            if not getattr(error, "pgcode", None):
                connection.close()  # its state is unknown: the pool makes a new one
            raise self._failed(error) from error
        except PoisonMessage:
            raise  # refused before it was sent
        except asyncio.CancelledError as error:
            connection.close()  # in mid-statement
            # aiopg tells of a statement that the server ended, be it for its time, as if the task
            # were cancelled: it would end, and nobody would take up what it held.
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            raise self._failed(TimeoutError("the server ended the statement")) from error
        except BaseException:
            connection.close()
            raise
        finally:
            self._metrics.used.observe(time.perf_counter() - began)
            await pool.release(connection)

    async def fetch(self, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """Run one statement, in a transaction of its own, and return its rows."""
        async with self._cursor() as cursor:
            await _execute(cursor, sql, parameters)
            if cursor.description is None:
                return []
            rows: list[tuple[Any, ...]] = await cursor.fetchall()
            return rows

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """One READ COMMITTED transaction, committed at the end; any error rolls it back."""
        async with self._cursor() as cursor:
            await cursor.execute("BEGIN")
            try:
                yield Transaction(cursor)
            except BaseException:
                if not cursor.connection.closed:
                    await cursor.execute("ROLLBACK")
                raise
            await cursor.execute("COMMIT")

    async def in_transaction(self, work: Callable[[Transaction], Coroutine[Any, Any, T]]) -> T:
        """Run `work` in one transaction and return its result."""
        async with self.transaction() as transaction:
            return await work(transaction)

    async def close(self) -> None:
        """Close every connection; idempotent."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.terminate()
            await pool.wait_closed()


class Transaction:
    """Statements of one open transaction."""

    def __init__(self, cursor: aiopg.Cursor) -> None:
        self._cursor = cursor

    async def fetch(self, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows."""
        await _execute(self._cursor, sql, parameters)
        if self._cursor.description is None:
            return []
        rows: list[tuple[Any, ...]] = await self._cursor.fetchall()
        return rows


async def _execute(cursor: aiopg.Cursor, sql: str, parameters: Parameters) -> None:
    try:
        await cursor.execute(sql, parameters)
    except ValueError as error:  # psycopg2 takes no text with NUL, and says so in its own way
        raise PoisonMessage(
            "the data cannot be stored: a text with NUL", PoisonKind.STORE
        ) from error


async def _prepare(connection: aiopg.Connection) -> None:
    register_uuid(conn_or_curs=connection.raw)  # type: ignore[no-untyped-call]
