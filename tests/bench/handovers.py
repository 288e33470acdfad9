"""Hand-overs of a process, counted from outside: turns of its loops, futex calls, Kafka requests.

By `strace`, in a time of its own, since what is traced runs slower. A turn is a return to `epoll`.
"""

from __future__ import annotations

import re
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.embedded.programs import require_program
from infra.embedded.stack import Stack
from infra.embedded.waiting import wait_until

KINDS = {
    0: "Produce",
    1: "Fetch",
    2: "ListOffsets",
    3: "Metadata",
    8: "OffsetCommit",
    9: "OffsetFetch",
    10: "FindCoordinator",
    11: "JoinGroup",
    12: "Heartbeat",
    14: "SyncGroup",
    22: "InitProducerId",
}
"""https://kafka.apache.org/protocol#protocol_api_keys"""

_TURNS = ("epoll_wait", "epoll_pwait", "epoll_pwait2")
_WRITES = ("write", "writev", "sendto", "sendmsg")
_CALL = re.compile(r"^\d+ +(\w+)\(")
_PEER = re.compile(r"^\d+ +\w+\(\d+<TCP:\[[^]]*->[^]]*:(\d+)\]>")
# The length in four bytes, then the kind of the request in two.
_HEAD = re.compile(r'"\\x00(?:\\x[0-9a-f]{2}){3}\\x([0-9a-f]{2})\\x([0-9a-f]{2})')
_TRACED_WITHIN = 20.0


@dataclass(frozen=True)
class Handovers:
    """Of one process in so many seconds; `requests` to brokers by their kind."""

    seconds: float
    turns: int
    futex: int
    switches: int
    requests: Mapping[str, int]


def handovers(stack: Stack, name: str, seconds: float) -> Handovers:
    """Of this process of a stack; what is traced runs slower. Blocks that long."""
    strace = require_program("strace", "strace")
    pid, broker = stack.pid(name), int(stack.bootstrap.split(",")[0].rsplit(":", 1)[1])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        tracer = _trace(strace, pid, file)
        try:
            wait_until(lambda: file.exists() and file.stat().st_size > 0, _TRACED_WITHIN, strace)
            skipped, switches, began = file.stat().st_size, _switches(pid), time.monotonic()
            time.sleep(seconds)
            took, text = time.monotonic() - began, file.read_bytes()[skipped:]
            switches = _switches(pid) - switches
        finally:
            _end(tracer)
    return _counted(text.decode(errors="replace"), took, switches, broker)


def _trace(strace: str, pid: int, file: Path) -> subprocess.Popen[bytes]:
    calls = ",".join((*_TURNS, *_WRITES, "futex"))
    command = [strace, "-f", "-qq", "-yy", "-xx", "-s", "8", "-e", f"trace={calls}"]
    return subprocess.Popen([*command, "-o", str(file), "-p", str(pid)], stderr=subprocess.DEVNULL)


def _end(tracer: subprocess.Popen[bytes]) -> None:
    tracer.send_signal(signal.SIGINT)
    tracer.wait()


def _switches(pid: int) -> int:
    """Switches of context of all its threads until now."""
    total = 0
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        total += sum(
            int(line.split()[1])
            for line in status.read_text().splitlines()
            if line.startswith(("voluntary_ctxt", "nonvoluntary_ctxt"))
        )
    return total


def _counted(text: str, seconds: float, switches: int, broker: int) -> Handovers:
    calls: Counter[str] = Counter()
    requests: Counter[str] = Counter()
    for line in text.splitlines():
        found = _CALL.match(line)
        if found is None:
            continue
        call = found[1]
        calls[call] += 1
        if call in _WRITES and (kind := request_kind(line, broker)):
            requests[kind] += 1
    turns = sum(calls[each] for each in _TURNS)
    return Handovers(seconds, turns, calls["futex"], switches, dict(requests))


def request_kind(line: str, broker: int) -> str | None:
    """Which request of Kafka's protocol a traced write begins; None: none, or to somebody else."""
    peer, head = _PEER.match(line), _HEAD.search(line)
    if peer is None or head is None or int(peer[1]) != broker:
        return None
    key = int(head[1] + head[2], 16)
    return KINDS.get(key, f"kind {key}")


def workers(stack: Stack) -> list[str]:
    """The processes of ours that are traced."""
    return [each.name for each in stack.workers if stack.pid(each.name)]
