"""A worker beside the others: one in a folder, told when it ended, and nothing left of it."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from chatstream.errors import ConfigurationError
from infra.embedded import side_worker
from infra.embedded.side_worker import SideWorker

HOST = "127.0.0.1"


def test_a_worker_that_ends_by_itself_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    with SideWorker("no such service", tmp_path / "side", HOST) as worker:
        worker.start({})
        ended = psutil.Process(worker.pid)
        ended.wait(60)
        with pytest.raises(ConfigurationError, match="no such service"):
            worker.check()
    assert not (tmp_path / "side").exists()


def test_a_worker_ends_with_its_block(tmp_path: Path) -> None:
    with SideWorker("chat", tmp_path / "side", HOST) as worker:
        # A broker that nobody is: the worker waits for it as long as it runs.
        worker.start({"CHATSTREAM_KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:9"})
        process = psutil.Process(worker.pid)
        worker.check()
    assert not process.is_running()
    assert not (tmp_path / "side").exists()


def test_two_commands_do_not_share_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(side_worker, "_LOCK_SECONDS", 0.0)
    folder = tmp_path / "side"
    with SideWorker("chat", folder, HOST):
        (folder / "kept").touch()
        with pytest.raises(ConfigurationError, match="another command"):
            SideWorker("chat", folder, HOST).__enter__()
        assert (folder / "kept").exists()
    with SideWorker("chat", folder, HOST):
        assert not (folder / "kept").exists()


def test_what_a_worker_that_was_killed_left_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "side"
    (folder / "data").mkdir(parents=True)
    with SideWorker("chat", folder, HOST):
        assert not (folder / "data").exists()
