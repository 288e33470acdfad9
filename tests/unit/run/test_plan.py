"""The whole run, over small folders and a stack that only says what was asked of it."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from infra.embedded import postgres
from infra.embedded.command import CLONE
from infra.embedded.waiting import wait_until
from tests.run import __main__ as runner
from tests.run.__main__ import BOTH, Plan, run
from tests.run.jobs import Job
from tests.run.report import report

# Of `make test-operate`, `make compose-test` and `make soak`.
ELSEWHERE = {"operate", "compose", "soak", "fuzz"}
PATTERN = "tests/*/**/test_*.py"
ALL = ["kafka", *postgres.SERVERS, "elasticsearch"]


class Stack:
    """Notes what is started."""

    def __init__(self, root: Path) -> None:
        self.layout = SimpleNamespace(root=root)
        self.servers = SimpleNamespace(by_name=lambda: dict.fromkeys(ALL))
        self.started: list[Any] = []

    def start_servers(self, only: Any) -> None:
        self.started.extend(only)

    def start_process(self, name: str) -> None:
        self.started.append(name)


def folder(root: Path, name: str, text: str) -> tuple[str, ...]:
    made = root / name
    made.mkdir()
    (made / f"test_{name}.py").write_text(text)
    return ("--rootdir", str(made), str(made))


def test_every_folder_of_tests_is_run_and_two_processes_share_some_of_them() -> None:
    plan = Plan()
    paths = {*plan.plain, *plan.alone} - {"-m", "not stack"}
    folders = {file.relative_to(CLONE / "tests").parts[0] for file in CLONE.glob(PATTERN)}
    assert paths == {f"tests/{name}" for name in folders - ELSEWHERE}
    assert plan.plain[:2] == ("-m", "not stack")
    assert plan.served == ("-m", "stack", *(each for each in plan.plain if each in BOTH))


def test_all_run_on_the_one_set_and_faults_run_alone_also_after_a_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    set_of = "import os, pathlib\nROOT = pathlib.Path(os.environ['CHATSTREAM_TESTS_SERVERS'])\n"
    plan = Plan(
        lint=(sys.executable, "-c", "raise SystemExit(1)"),
        plain=folder(tmp_path, "plain", set_of + "def test_a(): assert ROOT.is_dir()"),
        served=folder(tmp_path, "served", "def test_b(): assert 0"),
        alone=folder(
            tmp_path,
            "alone",
            f"import pathlib\nFOLDER = pathlib.Path({str(tmp_path)!r})\n"
            "def test_c(): assert {f.stem for f in FOLDER.glob('*.json')} == {'plain', 'served'}",
        ),
    )
    stack: Any = Stack(tmp_path)
    outcomes = run(stack, plan, tmp_path)
    assert stack.started == [*postgres.SERVERS, *ALL]
    assert [(each.name, each.is_good) for each in outcomes] == [
        ("lint", False),
        ("plain", True),
        ("served", False),
        ("alone", True),
    ]
    capsys.readouterr()
    report(outcomes, 5)
    told = capsys.readouterr().out.splitlines()
    assert "FAILED test_served.py::test_b" in told
    assert "lint: exit status 1" in told
    assert told[-1].strip("= ") == "1 failed, 2 passed, 1 error in 5.00s"


def test_a_signal_ends_all_that_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @contextmanager
    def small_stack(root: Path) -> Iterator[Any]:
        yield Stack(root)

    monkeypatch.setattr(runner, "own_stack", small_stack)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    note = tmp_path / "pid"
    script = f"import os, pathlib, time; pathlib.Path({str(note)!r}).write_text(str(os.getpid()))"
    slow = (sys.executable, "-c", f"{script}; time.sleep(600)")
    empty = folder(tmp_path, "plain", "")

    def end() -> None:
        wait_until(note.exists, 60, "its start")
        os.kill(os.getpid(), signal.SIGTERM)

    killer = Thread(target=end)
    killer.start()
    assert runner.main(Plan(lint=slow, plain=empty, served=empty, alone=empty)) == 130
    killer.join()
    assert not psutil.pid_exists(int(note.read_text()))
    assert "stopped" in capsys.readouterr().out


def test_servers_that_do_not_start_end_what_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Job] = []
    start = Job.start

    def start_and_note(job: Job) -> None:
        start(job)
        started.append(job)

    monkeypatch.setattr(Job, "start", start_and_note)
    stack: Any = Stack(tmp_path)
    stack.start_servers = lambda _only: (_ for _ in ()).throw(RuntimeError("no room"))
    slow = (sys.executable, "-c", "import time; time.sleep(600)")
    plan = Plan(lint=slow, plain=folder(tmp_path, "plain", "def test_a(): pass"))
    with pytest.raises(RuntimeError, match="no room"):
        run(stack, plan, tmp_path)
    assert [job.is_over() for job in started] == [True, True]
