"""The command `backup restore`: the databases as a backup has them, brought forward by the log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from chatstream.commands.backup_files import require_whole
from chatstream.commands.redoing import LINES, Log, Redone, redo
from chatstream.domain.backups import BackupManifest, differences, misfits
from chatstream.domain.redo import Line
from chatstream.errors import ConfigurationError, TransientFailure
from chatstream.settings import PostgresSettings, Settings
from infra.kafka.log_spans import faults, since
from infra.postgres import dumps
from infra.postgres.migrate import MIGRATIONS, migrate
from infra.security import keys
from schemas.catalogue import LINEAGE_OF

Say = Callable[[str], None]

AFTERWARDS = (
    "start the services, then make anew what is made of the databases:",
    "  python -m chatstream stats rebuild && python -m chatstream stats verify",
    "  python -m chatstream log rebuild && python -m chatstream log verify",
    "not brought back: logins since the backup (people log in again), roles of operators given or"
    " taken since, wishes that nobody had answered and Kafka does not have",
)


def restore(
    settings: Settings, path: Path, say: Say, *, replace: bool = False, without_log: bool = False
) -> None:
    """Make every database anew from a backup, and do again what the log says since.

    Raises ConfigurationError, before anything is changed, for a damaged backup, one that does not
    fit, databases that are in use or (unless `replace`) hold something, and a log that does not go
    on where the backup ends (unless `without_log`).
    """
    manifest = require_whole(path)
    dsns = _dsns(settings.postgres)
    _require_fit(manifest, dsns, settings.kafka.partitions)
    _require_unused(dsns, replace=replace)
    if not without_log:
        keys.sealing_key(settings.auth.keys_dir)  # or it says what is missing
        _require_log(settings, manifest)
    for each in manifest.databases:
        dumps.restore(dsns[each.name], path / each.file)
        found = dumps.counts(dsns[each.name])
        if wrong := differences(each.rows, found, each.name):
            raise ConfigurationError(f"not restored as it was dumped: {'; '.join(wrong)}")
        say(f"{each.name} is restored: {sum(found.values())} rows")
    migrate(settings)
    if without_log:
        _pass_over(settings, manifest, dsns, say)
    else:
        _bring_forward(settings, manifest, dsns, say)
    for line in AFTERWARDS:
        say(line)


def _dsns(postgres: PostgresSettings) -> dict[str, str]:
    return {name: dsn for each in postgres.lineages.values() for name, dsn in each.items()}


def _require_fit(manifest: BackupManifest, dsns: Mapping[str, str], partitions: int) -> None:
    wrong = misfits(manifest, dsns, partitions)
    for each in manifest.databases:
        versions = MIGRATIONS / each.lineage / "versions"
        text = "".join(file.read_text() for file in versions.glob("*.py"))
        if f'"{each.migration}"' not in text:
            wrong.append(f"{each.name} is of a newer release: {each.migration}")
    if wrong:
        raise ConfigurationError(f"the backup does not fit: {'; '.join(wrong)}")


def _require_unused(dsns: Mapping[str, str], *, replace: bool) -> None:
    if used := {name: who for name, dsn in dsns.items() if (who := dumps.users(dsn))}:
        told = "; ".join(f"{name} by {', '.join(who)}" for name, who in used.items())
        raise ConfigurationError(
            f"the databases are in use: {told}. Stop every service first (with a clone's stack:"
            " --stop-services), and leave the servers running"
        )
    full = [name for name, dsn in dsns.items() if any(dumps.counts(dsn).values())]
    if full and not replace:
        raise ConfigurationError(
            f"{', '.join(full)} is not empty: --replace gives up what is in it"
        )


def _require_log(settings: Settings, manifest: BackupManifest) -> None:
    if wrong := asyncio.run(faults(settings.kafka, manifest.positions)):
        raise ConfigurationError(
            "the log does not go on where the backup ends, so that what was acknowledged since, and"
            f" erasures among it, would be lost: {'; '.join(wrong[:8])}. Take a newer backup, or"
            " --without-log for the state of the backup alone"
        )


def _bring_forward(
    settings: Settings, manifest: BackupManifest, dsns: Mapping[str, str], say: Say
) -> None:
    logged = since(settings.kafka, manifest.positions)
    done: Redone = asyncio.run(redo(settings, logged, heads_of(dsns), say))
    say(
        f"done again from the log: {done.facts} facts under the numbers and times they had,"
        f" {done.states} states, {len(done.sids)} ends of logins, in {done.seconds:.1f} s"
    )
    dumps.end_logins(dsns["auth"], done.sids)
    if not done.gaps:
        return
    raise_heads(dsns, {gap.line: gap.last for gap in done.gaps})
    for gap in done.gaps:
        say(f"NOT done again, their wishes are no longer on the log: {gap}")


def _pass_over(
    settings: Settings, manifest: BackupManifest, dsns: Mapping[str, str], say: Say
) -> None:
    """Let the lines go on behind every number that the log has."""
    try:
        log = asyncio.run(_read(settings, manifest))
    except TransientFailure as error:
        say(f"the log was not looked at: {error}")
        return
    heads, last = heads_of(dsns), dict[Line, int]()
    for fact in log.facts:
        last[fact.line] = max(last.get(fact.line, 0), fact.fact_no)
    beyond = {line: number for line, number in last.items() if number > heads.get(line, 0)}
    raise_heads(dsns, beyond)
    lost = sum(number - heads.get(line, 0) for line, number in beyond.items())
    say(f"the state of {manifest.began}; {lost} facts since are given up, their numbers too")


async def _read(settings: Settings, manifest: BackupManifest) -> Log:
    log = Log()
    told = {topic: manifest.positions[topic] for topic in LINES}
    async for logged in since(settings.kafka, told):
        log.take(logged)
    return log


def heads_of(dsns: Mapping[str, str]) -> dict[Line, int]:
    """The head of each line; only its home has counted in it."""
    found: dict[Line, int] = {}
    for dsn in dsns.values():
        for line, head in dumps.heads(dsn).items():
            found[line] = max(found.get(line, 0), head)
    return found


def raise_heads(dsns: Mapping[str, str], lines: Mapping[Line, int]) -> None:
    """Raise the heads in the database of each line: the one of its lineage, or its home."""
    for line, head in lines.items():
        lineage = LINEAGE_OF[line[0]]
        names = [name for name in dsns if name == lineage.name]
        home = _home_of(dsns, line[1]) if lineage.is_sharded else names[0]
        dumps.raise_heads(dsns[home], {line: head})


def _home_of(dsns: Mapping[str, str], partition: int) -> str:
    """Where a partition of rooms is: the map is the same in each chat database."""
    return next(
        home for dsn in dsns.values() if (home := dumps.homes(dsn).get(partition)) is not None
    )
