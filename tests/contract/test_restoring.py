"""The commands around dumps and redo, on real Postgres; only the log is the rig's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from chatstream.commands import backup_files, restoring
from chatstream.commands.redoing import TOPICS
from chatstream.commands.restoring import heads_of
from chatstream.errors import ConfigurationError
from chatstream.settings import Settings
from infra.kafka.log_spans import LoggedRecord
from infra.postgres import dumps
from tests.contract.redo_rig import PARTITIONS, dsns_of, rows_of
from tests.contract.test_redo import Story, begun


@pytest.fixture
async def story(postgres: Any, tmp_path: Path) -> AsyncIterator[Story]:
    async with begun(postgres, tmp_path) as story:
        yield story


@pytest.fixture
def holes(monkeypatch: pytest.MonkeyPatch, story: Story) -> list[str]:
    """The rig's log in the place of Kafka's; what is put in here is wrong with it."""
    found: list[str] = []
    world = story.world

    async def noted(*_: Any) -> dict[str, list[int]]:
        return {
            topic: [world.offsets[topic, each] for each in range(PARTITIONS)] for topic in TOPICS
        }

    async def faults(*_: Any) -> list[str]:
        return found

    async def since(_: Any, wanted: Mapping[str, Any]) -> AsyncIterator[LoggedRecord]:
        for each in world.logged:
            if each.topic in wanted and each.offset >= wanted[each.topic][each.partition]:
                yield each

    monkeypatch.setattr(backup_files, "positions", noted)
    monkeypatch.setattr(restoring, "faults", faults)
    monkeypatch.setattr(restoring, "since", since)
    return found


def restore(settings: Settings, path: Path, **options: bool) -> str:
    """What a restore says."""
    told: list[str] = []
    restoring.restore(settings, path, told.append, **options)
    return "\n".join(told)


async def test_a_backup_is_restored_and_brought_forward(
    story: Story, holes: list[str], tmp_path: Path
) -> None:
    settings, dsns = story.world.settings, dsns_of(story.world.settings)
    path = await in_thread(backup_files.create, settings, tmp_path / "backups", silent)
    assert backup_files.found_in(tmp_path / "backups") == [path]
    await story.go_on()
    with pytest.raises(ConfigurationError, match=r"the databases are in use: auth by "):
        await in_thread(restore, settings, path, replace=True)
    await story.world.stores.close()
    with pytest.raises(ConfigurationError, match=r"auth, .* is not empty: --replace"):
        await in_thread(restore, settings, path)
    known, heads = dict(rows_of(dsns)), heads_of(dsns)
    holes.append("a/0: 3 records are deleted by retention")
    with pytest.raises(ConfigurationError, match=r"would be lost: a/0: 3 records"):
        await in_thread(restore, settings, path, replace=True)
    assert dict(rows_of(dsns)) == known
    holes.clear()
    told = await in_thread(restore, settings, path, replace=True)
    assert "facts under the numbers and times they had" in told
    assert "NOT done again" not in told
    assert dict(rows_of(dsns)) == known
    assert heads_of(dsns) == heads


async def test_the_state_alone_gives_up_what_came_since_with_its_numbers(
    story: Story, holes: list[str], tmp_path: Path
) -> None:
    settings, dsns = story.world.settings, dsns_of(story.world.settings)
    path = await in_thread(backup_files.create, settings, tmp_path / "backups", silent)
    before = dict(rows_of(dsns))
    await story.go_on()
    await story.world.stores.close()
    heads = {line: head for line, head in heads_of(dsns).items() if head}
    holes.append("it is another log")
    told = await in_thread(restore, settings, path, replace=True, without_log=True)
    assert "facts since are given up, their numbers too" in told
    assert dict(rows_of(dsns)) == before
    assert {line: head for line, head in heads_of(dsns).items() if head} == heads


async def test_a_damaged_backup_is_told_before_anything_is_changed(
    story: Story, holes: list[str], tmp_path: Path
) -> None:
    settings, dsns = story.world.settings, dsns_of(story.world.settings)
    path = await in_thread(backup_files.create, settings, tmp_path / "backups", silent)
    assert (await in_thread(backup_files.require_whole, path)).name == path.name
    await story.world.stores.close()
    known = dict(rows_of(dsns))
    with (path / "auth.dump").open("ab") as file:
        file.write(b"x")
    with pytest.raises(ConfigurationError, match=r"auth\.dump is not the file that was written"):
        await in_thread(restore, settings, path, replace=True)
    (path / "auth.dump").unlink()
    with pytest.raises(ConfigurationError, match=r"auth\.dump is missing"):
        await in_thread(restore, settings, path, replace=True)
    assert dict(rows_of(dsns)) == known
    assert not dumps.readable(path / "manifest.json")


def silent(_: str) -> None:
    """Nobody listens."""


async def in_thread(work: Any, *arguments: Any, **options: Any) -> Any:
    """The commands have loops of their own."""
    return await asyncio.to_thread(work, *arguments, **options)
