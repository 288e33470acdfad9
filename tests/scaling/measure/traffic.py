"""Bytes and segments between a stack's processes, as the kernel counts them for each connection."""

from __future__ import annotations

import re
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from infra.embedded.stack import Stack

_PAIR = re.compile(r"(\S+):(\d+)\s+(\S+):(\d+)")
_PID = re.compile(r"pid=(\d+)")
_FIELD = re.compile(r"\b(bytes_sent|bytes_received|data_segs_out):(\d+)")


@dataclass(frozen=True)
class Flow:
    """What one process sent to a server's port and got from it, without TCP's own heads."""

    sent: float = 0
    received: float = 0
    segments: float = 0

    def less(self, other: Flow, share: float = 1.0) -> Flow:
        """This without so much of the other."""
        return Flow(
            self.sent - share * other.sent,
            self.received - share * other.received,
            self.segments - share * other.segments,
        )


Flows = dict[tuple[str, str], Flow]
"""(process, the server it is connected to) → flow; clients of fronts are process `load`."""


def parsed(text: str, names: Mapping[int, str], ports: Mapping[int, str]) -> Flows:
    """Flows in the output of `ss -tinpOH`: one line a connection, seen from who connected."""
    sums: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for line in text.splitlines():
        pair, pid = _PAIR.search(line), _PID.search(line)
        if pair is None or pid is None:
            continue
        process, server = names.get(int(pid[1])), ports.get(int(pair[4]))
        if process is None or server is None:
            continue
        fields = dict(_FIELD.findall(line))
        held = sums[process, server]
        for place, field in enumerate(("bytes_sent", "bytes_received", "data_segs_out")):
            held[place] += int(fields.get(field, 0))
    return {key: Flow(*each) for key, each in sums.items()}


class Traffic:
    """Reads the flows of a stack; a connection that has ended is no longer in them."""

    def __init__(self, stack: Stack, extra: Mapping[int, str] | None = None) -> None:
        running = {pid: name for name, pid in stack.supervisor.pids().items() if pid}
        self._names = {**running, **(extra or {})}
        self._ports = {port: name for name, port in stack.endpoints.ports.items()}
        self._ports[stack.port] = "nginx"
        for broker in stack.bootstrap.split(","):
            self._ports[int(broker.rpartition(":")[2])] = "kafka"
        self._ports[int(stack.elastic_url.rpartition(":")[2])] = "elasticsearch"

    def read(self) -> Flows:
        """All flows until now."""
        found = subprocess.run(["ss", "-tinpOH"], capture_output=True, text=True, check=True)
        return parsed(found.stdout, self._names, self._ports)


def between(before: Flows, after: Flows) -> Flows:
    """What went in the meantime."""
    return {key: flow.less(before.get(key, Flow())) for key, flow in after.items()}
