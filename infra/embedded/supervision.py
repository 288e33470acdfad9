"""The supervisor (supervisord): its configuration, its start and end, and orders to it.

It runs in a session of its own, so that Ctrl-C reaches only the launcher, and it ends with the
thread that started it. Its programs end with it.
"""

from __future__ import annotations

import os
import resource
import shlex
import signal
import subprocess
import sys
import xmlrpc.client
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from supervisor.xmlrpc import Faults, SupervisorTransport

from chatstream.errors import ConfigurationError
from infra.embedded.layout import Layout
from infra.embedded.programs import Program, require_program, tied
from infra.embedded.waiting import wait_until

CLONE = Path(__file__).resolve().parents[2]
LOG_BYTES = 10 * 1024 * 1024
LOG_BACKUPS = 3
START_SECONDS = 15.0
STOP_SECONDS = 90.0
ORPHAN_SECONDS = 60.0
OPEN_FILES = 16384

HEAD = """\
[supervisord]
nodaemon=true
silent=true
identifier=chatstream
logfile={log}
logfile_maxbytes={log_bytes}
logfile_backups={log_backups}
pidfile={run}/supervisord.pid
childlogdir={run}
directory={root}
minfds={files}
{user}

[unix_http_server]
file={socket}
chmod=0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""

PROGRAM = """
[program:{name}]
command={command}
directory={directory}
autostart=false
autorestart=true
startsecs=1
startretries=1000000
stopsignal={stop_signal}
stopwaitsecs={stop_seconds}
stopasgroup=false
killasgroup=true
redirect_stderr={is_one}
"""

LOG = """\
{stream}_logfile={log}
{stream}_logfile_maxbytes={log_bytes}
{stream}_logfile_backups={log_backups}
"""


@dataclass(frozen=True, slots=True)
class ProgramGroup:
    """Programs that are ended together; a group with a higher priority is ended earlier."""

    name: str
    priority: int
    programs: Sequence[Program]


def render(layout: Layout, groups: Iterable[ProgramGroup]) -> str:
    """The text of supervisord's configuration."""
    parts = [
        HEAD.format(
            log=_literal(str(layout.log_file("supervisord").resolve())),
            run=_literal(str(layout.run.resolve())),
            root=_literal(str(layout.root.resolve())),
            socket=_literal(str(socket_path(layout))),
            user="user=root" if os.geteuid() == 0 else "",
            files=_open_files(),
            log_bytes=LOG_BYTES,
            log_backups=LOG_BACKUPS,
        )
    ]
    for group in groups:
        names = ",".join(program.name for program in group.programs)
        parts.append(f"\n[group:{group.name}]\nprograms={names}\npriority={group.priority}\n")
        parts.extend(_render_program(layout, program) for program in group.programs)
    return "".join(parts)


def _render_program(layout: Layout, program: Program) -> str:
    text = PROGRAM.format(
        name=program.name,
        command=_literal(shlex.join(program.command_line())),
        directory=_literal(str(program.directory.resolve())),
        stop_signal=program.stop_signal,
        stop_seconds=program.stop_seconds,
        is_one=str(program.output is None).lower(),
    )
    logs = {"stdout": program.output or program.name}
    if program.output is not None:
        logs["stderr"] = program.name
    return text + "".join(_render_log(layout, stream, name) for stream, name in logs.items())


def _render_log(layout: Layout, stream: str, name: str) -> str:
    log = _literal(str(layout.log_file(name).resolve()))
    return LOG.format(stream=stream, log=log, log_bytes=LOG_BYTES, log_backups=LOG_BACKUPS)


def _open_files() -> int:
    """Open files each program may have: a socket of a browser takes one, at the gateway two."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    return OPEN_FILES if most == resource.RLIM_INFINITY else min(OPEN_FILES, most - 1)


def _literal(text: str) -> str:
    """Quote for supervisord: `%` starts an expansion, ` ;` and ` #` a comment, a line its end."""
    if any(mark in text for mark in ("\n", " ;", " #")):
        raise ConfigurationError(f"the supervisor cannot take this value: {text!r}")
    return text.replace("%", "%%")


def socket_path(layout: Layout) -> Path:
    """Where the supervisor takes orders; only this user may."""
    return layout.sockets / "supervisord.sock"


class Supervisor:
    """One running supervisord and the names of its programs."""

    def __init__(self, layout: Layout, groups: Sequence[ProgramGroup]) -> None:
        self._layout = layout
        self._groups = {program.name: group.name for group in groups for program in group.programs}
        self._text = render(layout, groups)
        self._process: subprocess.Popen[bytes] | None = None
        self._seen: dict[str, psutil.Process] = {}

    def start(self, lock: int) -> None:
        """Start supervisord, which inherits the descriptor `lock`; none of its programs yet."""
        file = self._layout.run / "supervisord.conf"
        file.write_text(self._text)
        file.chmod(0o600)
        socket_path(self._layout).unlink(missing_ok=True)
        require_program("setpriv", "util-linux")
        python = [
            sys.executable,
            "-W",
            "ignore",
            "-m",
            "infra.embedded.supervisord",
            "-c",
            str(file.resolve()),
        ]
        output = self._layout.log_file("supervisord.out")
        if output.exists() and output.stat().st_size > LOG_BYTES:
            output.replace(output.with_name(f"{output.name}.1"))
        with output.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                tied(python, "TERM", os.getpid()),
                cwd=CLONE,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(lock,),
            )
        wait_until(self._answers, START_SECONDS, "the supervisor")

    def _answers(self) -> bool:
        if not self.is_alive():
            log = self._layout.log_file("supervisord.out")
            raise ConfigurationError(f"the supervisor ended at its start; see {log}")
        return self._takes_orders()

    def _takes_orders(self) -> bool:
        try:
            self._call("getState")
        except (OSError, xmlrpc.client.Error):
            return False
        return True

    def is_alive(self) -> bool:
        """Whether supervisord runs."""
        return self._process is not None and self._process.poll() is None

    def _call(self, method: str, *arguments: Any) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{socket_path(self._layout)}")
        with xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport) as proxy:
            return getattr(proxy.supervisor, method)(*arguments)

    def _full(self, name: str) -> str:
        return f"{self._groups[name]}:{name}"

    def start_program(self, name: str) -> None:
        """Start one program if it is not running; does not wait for it to be ready."""
        if self._info(name)["statename"] not in ("RUNNING", "STARTING", "BACKOFF"):
            try:
                self._call("startProcess", self._full(name), False)
            except xmlrpc.client.Fault as fault:
                # Another process that gives orders here was quicker.
                if fault.faultCode != Faults.ALREADY_STARTED:
                    raise
            self.pids()

    def stop_program(self, name: str) -> None:
        """End one program, cleanly if it lets itself; returns when it has ended."""
        if self._info(name)["statename"] in ("RUNNING", "STARTING", "BACKOFF"):
            self._call("stopProcess", self._full(name), True)

    def signal_program(self, name: str, signal_name: str) -> None:
        """Send a signal, by its name without SIG, to a program that runs."""
        self._call("signalProcess", self._full(name), signal_name)

    def pid(self, name: str) -> int:
        """The process id of a running program; 0 if it is not running."""
        return int(self._info(name)["pid"])

    def pids(self) -> dict[str, int]:
        """The process id of each program by name; 0 for one that is not running.

        Of a supervisor that is just ending: all 0.
        """
        try:
            infos = self._call("getAllProcessInfo")
        except (OSError, xmlrpc.client.Error):
            return dict.fromkeys(self._groups, 0)
        found = {str(info["name"]): int(info["pid"]) for info in infos}
        self._remember(found)
        return found

    def _remember(self, pids: Mapping[str, int]) -> None:
        """Keep who runs: a supervisor that was killed cannot be asked any more."""
        for name, pid in pids.items():
            if pid and (name not in self._seen or self._seen[name].pid != pid):
                try:
                    self._seen[name] = psutil.Process(pid)
                except psutil.NoSuchProcess:
                    continue

    def state(self, name: str) -> str:
        """supervisord's name of the program's state: RUNNING, STOPPED, BACKOFF, …"""
        return str(self._info(name)["statename"])

    def _info(self, name: str) -> dict[str, Any]:
        info: dict[str, Any] = self._call("getProcessInfo", self._full(name))
        return info

    def stop(self) -> None:
        """End all programs, group after group, then supervisord. Leaves no process; idempotent."""
        process = self._process
        if process is None:
            return
        # The programs of a supervisor that was killed are ending already, each by itself.
        family = {*_family(process.pid), *self._seen.values()}
        for child in [*family]:
            family.update(_family(child.pid) if child.is_running() else ())
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        # A paused program cannot end cleanly before it is continued.
        for member in family:
            _send(member, signal.SIGCONT)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _, left = psutil.wait_procs(family, timeout=ORPHAN_SECONDS)
        for member in left:
            _send(member, signal.SIGKILL)
        psutil.wait_procs(left, timeout=ORPHAN_SECONDS)
        self._process = None


class AttachedSupervisor(Supervisor):
    """A supervisord that another process started: it takes orders, and its end is not ours."""

    def is_alive(self) -> bool:
        """Whether supervisord takes orders."""
        return self._takes_orders()


def _family(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _send(process: psutil.Process, number: int) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


def signal_tree(pid: int, number: int) -> None:
    """Send a signal to a process and all its descendants (Postgres' are in other groups)."""
    members = [psutil.Process(pid), *_family(pid)]
    for member in members:
        _send(member, number)
