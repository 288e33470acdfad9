"""What is started ends with who has started it, however early that was."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from infra.embedded.programs import Program, tied

# Starts what its arguments say, tells the process id and is gone at once.
_STARTER = """
import os, signal, subprocess, sys
command = [str(os.getpid()) if word == "PARENT" else word for word in sys.argv[1:]]
print(subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL).pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
# Goes on when the process whose id is its first argument has ended.
_AFTER = ["sh", "-c", 'while kill -0 "$0" 2> /dev/null; do :; done; exec "$@"', "PARENT"]


def test_what_is_tied_too_late_does_not_begin(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    runner = ["sh", "-c", 'echo begun > "$0"; exec sleep 300', str(begun)]
    _await_end([*_AFTER, *_by_the_starter(runner)])
    assert not begun.exists()


def test_a_command_ends_with_its_parent() -> None:
    _await_end(_by_the_starter(["sleep", "300"]))


@pytest.mark.parametrize("niceness", [0, 10])
def test_a_command_runs_in_its_environment_while_its_parent_lives(niceness: int) -> None:
    program = Program(
        "x", ["sh", "-c", 'echo "$NAME"'], Path.cwd(), {"NAME": "a b"}, niceness=niceness
    )
    for line in (program.command_line(os.getpid()), program.command_line()):
        assert subprocess.check_output(line, text=True) == "a b\n"


def _by_the_starter(command: list[str]) -> list[str]:
    """It tied to the starter, whose id it only knows itself."""
    return ["PARENT" if word == "0" else word for word in tied(command, "TERM", 0)]


def _await_end(command: list[str]) -> None:
    started = subprocess.run(
        [sys.executable, "-c", _STARTER, *command], check=False, stdout=subprocess.PIPE, text=True
    )
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(int(started.stdout)).wait(60)
