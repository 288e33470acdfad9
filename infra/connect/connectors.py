"""The connectors: one for each captured database, made of the allow-list."""

from __future__ import annotations

from collections.abc import Mapping

from psycopg2.extensions import parse_dsn

from schemas.cdc import of_lineage

ROLE = "chatstream_cdc"
"""Who Debezium is in Postgres: it may replicate, and read the allowed columns."""

PUBLICATION = "chatstream_cdc"
SLOT = "chatstream_cdc"
"""Each database has one of both."""

HEARTBEAT_MS = 5000
_SOCKETS = "org.newsclub.net.unix.AFUNIXSocketFactory$FactoryArg"
_ROUTE = "org.apache.kafka.connect.transforms.RegexRouter"


_ALWAYS = {
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
    "tasks.max": "1",
    "plugin.name": "pgoutput",
    "database.user": ROLE,
    "slot.name": SLOT,
    "slot.drop.on.stop": "false",
    "publication.name": PUBLICATION,
    # Made by us, with its columns: a connector that made it would publish whole rows.
    "publication.autocreate.mode": "disabled",
    # Also when its offset is no longer in the log, as after a restore.
    "snapshot.mode": "when_needed",
    # Nobody waits for a lock because of a snapshot.
    "snapshot.locking.mode": "none",
    "snapshot.fetch.size": "2000",
    "tombstones.on.delete": "false",
    # Where captured tables rest the database would keep its log for ever: the connector goes on
    # by what it is told alone, so it tells itself something. Were the driver to go on by itself
    # (`lsn.flush.mode`), the connector could not resume from its own offset, which did not.
    "heartbeat.interval.ms": str(HEARTBEAT_MS),
    "heartbeat.action.query": "select pg_logical_emit_message(true, 'chatstream', '')",
    "topic.heartbeat.prefix": "kakao.cdc.heartbeat",
    "skipped.operations": "none",
    "transforms": "route",
    "transforms.route.type": _ROUTE,
    "transforms.route.replacement": "kakao.cdc.$1.EVENT",
    "topic.creation.default.partitions": "1",
    "topic.creation.default.retention.ms": "3600000",
    "producer.override.compression.type": "lz4",
    "errors.retry.timeout": "-1",
    "retriable.restart.connector.wait.ms": "2000",
}


def name_of(database: str) -> str:
    """The connector of a database; also what its records say they come from."""
    return f"chatstream-{database}"


def connector(
    lineage: str, database: str, dsn: str, *, password: str, replication: int
) -> dict[str, str]:
    """The configuration of a database's connector; `dsn` is how our own services reach it.

    `password` is what Connect itself resolves: a reference to a file, empty where the role needs
    none.
    """
    tables = of_lineage(lineage)
    columns = [rf"public\.{each.table}\.{column}" for each in tables for column in each.columns]
    return {
        **_ALWAYS,
        **_place(dsn),
        **({"database.password": password} if password else {}),
        "topic.prefix": name_of(database),
        "table.include.list": ",".join(rf"public\.{each.table}" for each in tables),
        "column.include.list": ",".join(columns),
        "transforms.route.regex": rf"{name_of(database)}\.public\.([^.]+)",
        "topic.creation.default.replication.factor": str(replication),
    }


def _place(dsn: str) -> Mapping[str, str]:
    """Where the database is: by the network, or by the socket in a folder."""
    parts = parse_dsn(dsn)
    host, port = parts.get("host", "localhost"), parts.get("port", "5432")
    found = {"database.dbname": parts["dbname"], "database.port": port}
    if not host.startswith("/"):
        return {**found, "database.hostname": host}
    return {
        **found,
        "database.hostname": "localhost",
        "driver.socketFactory": _SOCKETS,
        "driver.socketFactoryArg": f"{host}/.s.PGSQL.{port}",
    }


def database_of(connector_name: str) -> str:
    """The database of a connector; ValueError when it is none of ours."""
    prefix, _, database = connector_name.partition("-")
    if prefix != "chatstream" or not database:
        raise ValueError(f"{connector_name!r} is no connector of ours")
    return database
