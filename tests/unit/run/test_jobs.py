"""Processes of a run: how each end of one is told, and that nothing outlives it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from infra.embedded.waiting import wait_until
from tests.run import jobs
from tests.run.jobs import Job, Session
from tests.run.watch import Watch

LONG = 300.0
# Hears no Ctrl-C, and has a child in a session of its own: both are to be gone.
DEAF = """
import signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
child = subprocess.Popen(["sleep", "600"], start_new_session=True)
print(child.pid, flush=True)
time.sleep(600)
"""


def python(script: str) -> list[str]:
    return [sys.executable, "-c", script]


@pytest.fixture
def over(tmp_path: Path) -> Callable[..., str]:
    """Runs jobs to their end; what was shown of them."""

    def run(*started: Job) -> str:
        shown: list[str] = []
        watch = Watch(shown.append)
        watch.start(*started)
        watch.until_over()
        return "".join(shown)

    return run


def folder(root: Path, name: str, text: str) -> Session:
    (root / name).mkdir()
    (root / name / "test_it.py").write_text(text)
    arguments = ["--rootdir", str(root / name), str(root / name)]
    return Session(name, arguments, root, LONG, {})


GOOD = """
import pytest
def test_a(): pass
def test_b(): pass
@pytest.mark.skip
def test_c(): pass
"""
BAD = """
import pytest
@pytest.fixture
def broken(): assert 0
def test_a(): pass
def test_b(): assert 0
def test_c(broken): pass
"""
GONE = """
import os
def test_a(): os._exit(0)
"""


def test_sessions_are_counted_and_shown_whole_one_after_the_other(
    tmp_path: Path, over: Callable[..., str]
) -> None:
    texts = {"good": GOOD, "bad": BAD, "gone": GONE, "empty": ""}
    good, bad, gone, empty = (folder(tmp_path, *each) for each in texts.items())
    shown = over(good, bad, gone, empty)
    marks = [
        "- good -",
        "2 passed, 1 skipped",
        "- bad -",
        "1 failed, 1 passed, 1 error",
        "- gone -",
    ]
    places = [shown.index(mark) for mark in marks]
    assert places == sorted(places)

    assert good.outcome().is_good
    assert good.outcome().counts == {"passed": 2, "skipped": 1}
    assert bad.outcome().counts == {"passed": 1, "failed": 1, "error": 1}
    assert bad.outcome().failed == ["test_it.py::test_b", "test_it.py::test_c"]
    assert bad.outcome().fault == ""
    assert [*bad.outcome().ends] == bad.outcome().failed
    assert all(end.endswith("AssertionError") for end in bad.outcome().ends.values())
    assert gone.outcome().fault == "no end of the tests: it stopped early"
    assert empty.outcome().fault == "exit status 5"
    assert not any(each.outcome().is_good for each in (bad, gone, empty))


def test_a_command_that_fails_is_at_fault_and_its_words_are_shown(
    tmp_path: Path, over: Callable[..., str]
) -> None:
    job = Job("lint", python("print('E501'); raise SystemExit(3)"), tmp_path, LONG)
    assert "E501" in over(job)
    assert job.outcome().fault == "exit status 3"


def test_a_hung_process_is_ended_with_its_children_and_told(
    tmp_path: Path, over: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "ASKED_SECONDS", 0.2)
    job = Job("deaf", python(DEAF), tmp_path, LONG)
    job.start()
    wait_until(lambda: job.output.read_text().strip() != "", LONG, "the child")
    child = psutil.Process(int(job.output.read_text()))
    job.seconds = 0.0
    assert job.is_over()
    assert not child.is_running()
    assert job.outcome().fault == "did not end within 0 s"


def test_the_end_of_all_reaches_a_process_that_tidies(tmp_path: Path) -> None:
    script = (
        "import time\ntry:\n print(1, flush=True)\n time.sleep(600)\nfinally:\n print('tidied')"
    )
    job = Job("tidy", python(script), tmp_path, LONG)
    watch = Watch(lambda _: None)
    watch.start(job)
    wait_until(lambda: job.output.read_text() != "", LONG, "its start")
    watch.end()
    watch.end()
    assert "tidied" in job.output.read_text()


def test_no_more_than_so_many_run_at_a_time_and_all_are_run(tmp_path: Path) -> None:
    # Each waits for the one beside it, and says how many there are: the third starts alone.
    script = (
        "import pathlib, sys, time\n"
        f"folder, name, number = pathlib.Path({str(tmp_path)!r}), sys.argv[1], int(sys.argv[2])\n"
        "(folder / f'{name}.here').touch()\n"
        "while len([*folder.glob('*.here')]) < number: time.sleep(0.01)\n"
        "print(len([*folder.glob('*.here')]) - len([*folder.glob('*.gone')]), flush=True)\n"
        "(folder / f'{name}.gone').touch()\n"
    )
    names = {"one": 2, "two": 2, "three": 3}
    started = [
        Job(name, [*python(script), name, str(number)], tmp_path, LONG)
        for name, number in names.items()
    ]
    watch = Watch(lambda _: None, at_once=2)
    watch.start(*started)
    assert not started[2].output.exists()
    watch.until_over()
    assert [each.outcome().fault for each in started] == ["", "", ""]
    assert all(int(each.output.read_text()) <= 2 for each in started)


def test_the_group_of_one_that_ended_is_swept_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed: list[int] = []
    monkeypatch.setattr(os, "killpg", lambda group, _: killed.append(group))
    job = Job("short", python(""), tmp_path, LONG)
    job.start()
    wait_until(job.is_over, LONG, "its end")
    assert job.is_over()
    job.end()
    assert len(killed) == 1
