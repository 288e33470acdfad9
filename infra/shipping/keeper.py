"""Keeps rsyslogd, so that a SIGKILL at any moment loses no line.

What rsyslogd has read and not yet brought to Kafka is in its memory, whatever its settings: its
queue hands a line to librdkafka, which keeps it until the broker has it. So what it remembers (how
far each file is read, what waits) is copied at each start, and taken back after an end that was
not clean: lines since then are read again, and their `event.id` makes the repeat harmless. So that
these are few, it is ended cleanly and started again every ten minutes.

An exit code of 0 is not enough for a clean end: with the broker away a line was lost at such an end
(seen with 8.2302, `keepFailedMessages` notwithstanding). rsyslogd complains about the broker then,
and an end after a complaint counts as one by a SIGKILL.

A rotated file has another name, under which rsyslogd does not look for it. It gets a link of its
own here, where rsyslogd knows it by its inode and goes on, also when it was rotated meanwhile.

Standard library only: this process stays beside rsyslogd, and is small.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Event, Thread
from typing import IO

LOOK_SECONDS = 0.5
UNSURE_SECONDS = 2.0
CHECKPOINT_SECONDS = 600.0
STOP_SECONDS = 15.0
KEPT = 8
COMPLAINTS = ("omkafka", "lost", "data loss", "kafka error")


def begin(folder: Path) -> None:
    """Lay `work` as it was at the last clean end, and keep a copy of it. Idempotent."""
    work, base, marker = folder / "work", folder / "base", folder / "running"
    folder.mkdir(parents=True, exist_ok=True)
    if marker.exists():
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(base, work)
    else:
        work.mkdir(exist_ok=True)
        shutil.rmtree(base, ignore_errors=True)
        fresh = folder / "base.new"
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(work, fresh)
        fresh.rename(base)
        marker.touch()
    (folder / "linked").mkdir(exist_ok=True)


def end(folder: Path) -> None:
    """What is in `work` counts from here on: rsyslogd ended cleanly."""
    (folder / "running").unlink(missing_ok=True)


def link_rotated(files: Sequence[Path], linked: Path, kept: int = KEPT) -> None:
    """Give every rotated file a link by its inode; of a log the `kept` newest stay linked."""
    for live in files:
        for old in live.parent.glob(f"{live.name}.*"):
            if old.suffix[1:].isdigit():
                _link(old, linked, live.name)
        _prune(linked, live.name, kept)


def _link(old: Path, linked: Path, name: str) -> None:
    try:
        link = linked / f"{name}.{old.stat().st_ino}"
        if not link.exists():
            os.link(old, link)
    except (FileNotFoundError, FileExistsError):
        return  # rotated once more at this moment: it is found under its next name


def _prune(linked: Path, name: str, kept: int) -> None:
    links = sorted(linked.glob(f"{name}.*"), key=lambda each: each.stat().st_mtime, reverse=True)
    for link in links[kept:]:
        link.unlink()


class Rotations:
    """Links what is rotated, as link_rotated; reads a folder only when its names have changed.

    For `UNSURE_SECONDS` after a change it is read at every look: a file system's clock goes by
    ticks, and a change may have the time of the one before.
    """

    def __init__(self, files: Sequence[Path], linked: Path) -> None:
        self._linked = linked
        self._live: dict[Path, list[Path]] = {}
        for each in files:
            self._live.setdefault(each.parent, []).append(each)
        self._seen: dict[Path, float] = {}

    def look(self) -> None:
        """Give every file that was rotated since the last look a link."""
        for folder, files in self._live.items():
            changed = folder.stat().st_mtime if folder.exists() else 0.0
            is_sure = time.time() - changed > UNSURE_SECONDS
            if not is_sure or changed != self._seen.get(folder):
                link_rotated(files, self._linked)
                self._seen[folder] = changed


class Said:
    """Hands on what rsyslogd says about itself, and remembers whether lines may be lost."""

    def __init__(self, lines: IO[str] | None) -> None:
        self._lines = lines or ()
        self._complained = False
        self._thread = Thread(target=self._hand_on, daemon=True)
        self._thread.start()

    def _hand_on(self) -> None:
        for line in self._lines:
            self._complained = self._complained or any(sign in line for sign in COMPLAINTS)
            sys.stderr.write(line)
            sys.stderr.flush()

    def complained(self) -> bool:
        """Whether it did, once it has ended."""
        self._thread.join(STOP_SECONDS)
        return self._complained


def keep(command: Sequence[str], folder: Path, files: Sequence[Path]) -> int:
    """Run rsyslogd until it ends by itself or this process is asked to end; its exit code."""
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    while True:
        begin(folder)
        code, is_asked, complained = _run_once(command, folder, files, stop)
        if code == 0 and not complained:
            end(folder)
        if code or not is_asked or stop.is_set():
            return code


def _run_once(
    command: Sequence[str], folder: Path, files: Sequence[Path], stop: Event
) -> tuple[int, bool, bool]:
    """Run it until the next checkpoint: its exit code, was it asked to end, did it complain."""
    rotations = Rotations(files, folder / "linked")
    rotations.look()
    until = time.monotonic() + CHECKPOINT_SECONDS
    tied = ["setpriv", "--pdeathsig", "KILL", "--", *command]
    child = subprocess.Popen(tied, stderr=subprocess.PIPE, text=True, errors="replace")  # noqa: S603 (our own command)
    said = Said(child.stderr)
    while child.poll() is None and time.monotonic() < until and not stop.wait(LOOK_SECONDS):
        rotations.look()
    is_asked = child.poll() is None
    if is_asked:
        child.terminate()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
    code = child.wait()
    return code, is_asked, said.complained()


def main(arguments: Sequence[str]) -> int:
    """`rsyslogd PLAN`: rsyslog.conf lies beside the plan."""
    binary, plan = arguments[0], Path(arguments[1])
    told = json.loads(plan.read_text())
    pid = plan.with_name("pid")
    pid.unlink(missing_ok=True)
    conf = plan.with_name("rsyslog.conf")
    command = [binary, "-n", "-f", str(conf), "-i", str(pid)]
    return keep(command, Path(told["folder"]), [Path(each["path"]) for each in told["files"]])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
