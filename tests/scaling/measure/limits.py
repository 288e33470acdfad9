"""Processes held to a core, or to a share of one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

CGROUP = Path("/sys/fs/cgroup/cpu")
PERIOD_US = 50_000


def pin(pid: int, cores: Iterable[int]) -> None:
    """Keep a process, its children and all their threads on these cores."""
    wanted = set(cores)
    parent = psutil.Process(pid)
    for member in (parent, *parent.children(recursive=True)):
        for thread in member.threads():
            try:
                os.sched_setaffinity(thread.id, wanted)
            except ProcessLookupError:
                continue  # it has just ended


def can_limit() -> bool:
    """Whether this user may make a group of processes with a share of the processors."""
    return os.access(CGROUP / "cpu.cfs_quota_us", os.W_OK)


@contextmanager
def share(pid: int, cores: float) -> Iterator[None]:
    """Within the block the process has so much of a core (cgroup v1, `cpu.cfs_quota_us`)."""
    group = CGROUP / f"chatstream-scaling-{pid}"
    group.mkdir()
    try:
        (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
        (group / "cpu.cfs_quota_us").write_text(str(round(PERIOD_US * cores)))
        (group / "cgroup.procs").write_text(str(pid))
        yield
    finally:
        for member in (group / "cgroup.procs").read_text().split():
            (CGROUP / "cgroup.procs").write_text(member)
        group.rmdir()
