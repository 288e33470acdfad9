"""Moving friends and blocks out of the auth database, in which they were, into their own.

Migration 0008 of the auth database has put the old tables aside: nobody writes them any more. All
their rows, a copy of the accounts, the heads and epochs of the line and what was settled are
written in one transaction of the friend database, together with the id of the move; then the old
rows are dropped. Whatever ends it between two of these steps, the next call goes on.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 (a class)
from psycopg2.extensions import cursor as Cursor  # noqa: N812 (a class)

from chatstream.domain.backoff import Backoff
from chatstream.errors import ConfigurationError, TransientFailure
from infra.postgres.pool import Database
from infra.retrying import retried, warn
from schemas.contexts.friends import FRIEND

log = logging.getLogger(__name__)

_TOPIC = FRIEND.response.name
# An erased account is a tombstone, which no fact undoes.
_ACCOUNTS = """
select a.account_id, case when a.erased_at is null then a.user_id end,
    case when a.erased_at is null then a.name end,
    case when a.erased_at is null then coalesce(f.newest, 0) else 9223372036854775807 end,
    a.erased_at is not null
from accounts a
left join (select account_id, max(fact_no) as newest from account_facts group by 1) f
    using (account_id)
"""
_FACTS = "partition, fact_no, account_id, request_id, kind, user_id, target_id, target_user_id, at"
# (table here, its columns, what they are there); what others come to hang on first. Of what was
# settled no row says of which line it is: all of it comes, and is forgotten after eight days.
_ROWS = (
    ("profiles", "account_id, user_id, name, fact_no, erased", _ACCOUNTS),
    (
        "lines",
        "topic, partition, epoch, head",
        f"select topic, partition, epoch, head from lines where topic = '{_TOPIC}'",
    ),
    ("settled_wishes", "key, code, at", "select key, code, at from settled_wishes"),
    ("friend_facts", _FACTS, f"select {_FACTS} from former_friend_facts"),
    (
        "friends",
        "account_id, friend_id, since",
        "select account_id, friend_id, since from former_friends",
    ),
    (
        "blocked_users",
        "account_id, blocked_id, since",
        "select account_id, blocked_id, since from former_blocked_users",
    ),
)
_UNNUMBERED = """
select f.partition from friend_facts f
left join lines l on l.topic = %s and l.partition = f.partition
group by f.partition, l.head having max(f.fact_no) > coalesce(l.head, 0) order by 1
"""
_LEAVE = f"""
drop table former_friend_facts, former_friends, former_blocked_users;
delete from lines where topic = '{_TOPIC}';
update moves set done_at = clock_timestamp() where context = 'friends';
"""
_LOCK = "select pg_advisory_lock(7107)"
_SPOOLED = 64 * 1024 * 1024


class FriendMove:
    """The move between two databases that are connected; one at a time.

    Raises ConfigurationError, before anything is written, where it would do harm: the friend
    database has rows that did not come by this move, or has lost those that did.
    """

    def __init__(self, source: Connection, target: Connection) -> None:
        self._source = source
        self._target = target
        self.move_id, self._has_left = _row(
            source, "select move_id::text, done_at is not null from moves where context = 'friends'"
        )
        arrived = _rows(target, "select move_id::text from moves")
        self._has_arrived = (self.move_id,) in arrived
        if arrived and not self._has_arrived:
            raise ConfigurationError(
                "the friend database belongs to another auth database: see the databases in"
                " CHATSTREAM_POSTGRES__AUTH and __OTHERS"
            )
        if self._has_left and not self._has_arrived:
            raise ConfigurationError(
                "the friends were moved into a friend database that is not this one, or lost its"
                " rows: name that one in CHATSTREAM_POSTGRES__OTHERS, or restore it from a backup"
            )
        if not self._has_arrived and (held := [each for each, *_ in _ROWS if self._holds(each)]):
            raise ConfigurationError(
                f"the friend database has rows of its own already, in {', '.join(held)}, and the"
                " auth database has what was to come there: facts of both would have the same"
                " numbers. Keep one: empty the friend database, or restore it"
            )

    def _holds(self, table: str) -> bool:
        return bool(_row(self._target, f"select exists (select 1 from {table})")[0])

    @property
    def is_over(self) -> bool:
        """Whether everything is in the friend database, and nothing of it left behind."""
        return bool(self._has_left)

    @property
    def begins_anew(self) -> bool:
        """Whether there is nothing to be moved: nobody has an account yet."""
        return not _row(self._source, "select exists (select 1 from accounts)")[0]

    def arrive(self) -> Mapping[str, int]:
        """Write everything into the friend database, in one transaction; rows by table.

        Nothing when it is there already.
        """
        if self._has_arrived:
            return {}
        with self._source, self._target, self._source.cursor() as source:
            source.execute("set transaction isolation level repeatable read read only")
            with self._target.cursor() as target:
                counts = {
                    table: _copy(source, target, table, columns, rows)
                    for table, columns, rows in _ROWS
                }
                target.execute(_UNNUMBERED, (_TOPIC,))
                if wrong := [str(each) for (each,) in target.fetchall()]:
                    raise ConfigurationError(
                        f"the auth database's lines of {_TOPIC} are behind their facts, in the"
                        f" partitions {', '.join(wrong)}: numbers would be given again"
                    )
                target.execute("insert into moves (move_id) values (%s)", (self.move_id,))
        self._has_arrived = True
        return counts

    def leave(self) -> None:
        """Drop what was in the auth database, in one transaction; after `arrive`. Idempotent."""
        if not self._has_arrived:
            raise RuntimeError("nothing has arrived yet")
        if not self._has_left:
            with self._source, self._source.cursor() as source:
                source.execute(_LEAVE)
            self._has_left = True


@contextmanager
def open_move(auth: str, friend: str) -> Iterator[FriendMove]:
    """The move between the databases of two libpq strings; the second of two at once waits.

    Raises TransientFailure when one is away, and what FriendMove raises.
    """
    try:
        with _connected(auth) as source, _connected(friend) as target:
            _row(source, _LOCK)
            yield FriendMove(source, target)
    except psycopg2.OperationalError as error:
        raise TransientFailure(f"moving friends: {error.pgcode or error}") from error


async def await_arrival(database: Database) -> None:
    """Returns when the friend database has what there was; waits for ever if need be.

    A worker that began before would give numbers again that facts have.
    """

    async def look() -> None:
        if not await database.fetch("select 1 from moves"):
            raise TransientFailure(
                f"{database.name}: what the auth database has is not moved yet: run `python -m"
                " chatstream migrate`"
            )

    await retried(look, Backoff(0.2, 3.0), told=warn(log, "the friend service"))


@contextmanager
def _connected(dsn: str) -> Iterator[Connection]:
    connection = psycopg2.connect(dsn)
    try:
        yield connection
    finally:
        connection.close()


def _copy(source: Cursor, target: Cursor, table: str, columns: str, rows: str) -> int:
    """Copy rows by way of a file; returns how many. RuntimeError unless all of them came."""
    with tempfile.SpooledTemporaryFile(max_size=_SPOOLED) as file:
        source.copy_expert(f"copy ({rows}) to stdout", file)
        read = source.rowcount
        file.seek(0)
        target.copy_expert(f"copy {table} ({columns}) from stdin", file)
    if target.rowcount != read:
        raise RuntimeError(f"{table}: {read} rows were read, {target.rowcount} written")
    return int(read)


def _rows(connection: Connection, sql: str) -> list[tuple[object, ...]]:
    with connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def _row(connection: Connection, sql: str) -> tuple[object, ...]:
    (row,) = _rows(connection, sql)
    return row
