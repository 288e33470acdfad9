"""CPU seconds and memory of a stack's processes, each with all its children."""

from __future__ import annotations

from collections.abc import Mapping

import psutil

from infra.embedded.stack import Stack

Cpu = dict[str, float]
PATH = ("front", "chat", "kafka", "postgres")
"""What a message passes until it is stored and delivered; names of processes begin so."""


def _family(pid: int) -> list[psutil.Process]:
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def cpu_of(pid: int) -> float:
    """CPU seconds that a process and its children have used, those that have ended as well."""
    total = 0.0
    for member in _family(pid):
        try:
            times = member.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def memory_of(pid: int) -> int:
    """Resident bytes of a process and its children."""
    return sum(int(member.memory_info().rss) for member in _family(pid))


class Meter:
    """Reads the CPU seconds of every process of a stack, and of some beside it."""

    def __init__(self, stack: Stack, extra: Mapping[str, int] | None = None) -> None:
        pids = {name: pid for name, pid in stack.supervisor.pids().items() if pid}
        self._pids = {**pids, **(extra or {})}

    def read(self) -> Cpu:
        """CPU seconds by the name of the process; 0 for one that has ended."""
        found: Cpu = {}
        for name, pid in self._pids.items():
            try:
                found[name] = cpu_of(pid)
            except psutil.NoSuchProcess:
                found[name] = 0.0
        return found


def spent(before: Cpu, after: Cpu) -> Cpu:
    """CPU seconds between two readings."""
    return {name: after[name] - before[name] for name in after if name in before}


def on_path(cpu: Cpu) -> float:
    """What the processes on a message's path used; the pool of sessions is not among them."""
    return sum(used for name, used in cpu.items() if _is_on_path(name))


def _is_on_path(name: str) -> bool:
    return name.startswith(PATH) and not name.startswith(("front-auth", "front-coupon"))
