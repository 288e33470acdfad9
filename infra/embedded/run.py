"""The launcher behind `chatstream run`: start everything, watch over it, stop everything."""

from __future__ import annotations

import http.client
import json
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from chatstream.errors import ConfigurationError
from infra.embedded.captured import COUNTS, CapturedMonitoredStack, CapturedStack
from infra.embedded.gateway import Gateway
from infra.embedded.instance import InstanceLock, is_running, running_instance
from infra.embedded.layout import Layout
from infra.embedded.monitored import MonitoredStack, Watching
from infra.embedded.monitoring import webhooks
from infra.embedded.shape import StackShape
from infra.embedded.stack import Stack
from infra.embedded.waiting import wait_until

Say = Callable[[str], None]
WATCH_SECONDS = 2.0
STOP_SECONDS = 120.0
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account that `run` makes so that one can log in at once."""

    user_id: str
    password: str
    name: str


DEMO_ACCOUNTS = (
    DemoAccount("minsu", "kimchi-mountain-42", "김민수"),
    DemoAccount("jiyeon", "river-lantern-42", "이지연"),
)


class StopRequestedError(BaseException):
    """Ctrl-C, SIGTERM or a closed terminal; not an Exception, so that nothing takes it for one."""


@contextmanager
def signals_stop() -> Iterator[None]:
    """Turn the first of the ending signals into StopRequestedError; later ones change nothing.

    A hang-up that is ignored already (nohup) stays ignored.
    """

    def request(_number: int, _frame: FrameType | None) -> None:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise StopRequestedError

    ignored = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    taken = [number for number in SIGNALS if number != signal.SIGHUP or not ignored]
    before = {number: signal.signal(number, request) for number in taken}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run(root: Path, port: int, shape: StackShape, say: Say, *, monitor: bool = False) -> None:
    """Start a stack, say its URL, and keep it until it is asked to end; then stop it cleanly.

    `monitor`: Prometheus and Alertmanager watch it. Its changes are captured where its shape has
    the reports. Raises ConfigurationError if the stack does not come up or its supervisor dies.
    """
    with signals_stop():
        start = time.monotonic()
        try:
            with _stack(root, port, shape, say, monitor=monitor) as stack:
                stack.start_servers()
                stack.start_services()
                stack.write_environment()
                create_demo_accounts(stack.gateway())
                say(f"everything is up after {time.monotonic() - start:.0f} s; Ctrl-C stops it")
                for line in stack.gateway().certificate.told() if shape.tls else ():
                    say(line)
                if isinstance(stack, MonitoredStack):
                    say(stack.told())
                say(ready_line(stack.base_url))
                watch(stack, say)
        except StopRequestedError:
            say("stopped; the data stays")


def _stack(root: Path, port: int, shape: StackShape, say: Say, *, monitor: bool) -> Stack:
    is_captured = shape.counts.keys() >= COUNTS.keys()
    if monitor:
        monitored = CapturedMonitoredStack if is_captured else MonitoredStack
        return monitored(root, port, shape, say, Watching(webhooks()))
    return (CapturedStack if is_captured else Stack)(root, port, shape, say)


def ready_line(url: str) -> str:
    """The one line that a start ends with."""
    accounts = ", ".join(f"{a.user_id} / {a.password}" for a in DEMO_ACCOUNTS)
    return f"ChatStream is at {url}  (demo accounts: {accounts})"


def watch(stack: Stack, say: Say) -> None:
    """Tell what died and was started again, until the supervisor itself dies (raises).

    A signal ends it by StopRequestedError.
    """
    known = stack.supervisor.pids()
    while stack.supervisor.is_alive():
        time.sleep(WATCH_SECONDS)
        if not stack.supervisor.is_alive():
            break
        now = stack.supervisor.pids()
        for name, pid in now.items():
            if pid and known[name] and pid != known[name]:
                say(f"{name} was started again; see {stack.layout.log_file(name)}")
        known = {name: pid or known[name] for name, pid in now.items()}
    log = stack.layout.log_file("supervisord")
    raise ConfigurationError(f"the supervisor ended, and everything with it; see {log}")


def create_demo_accounts(gateway: Gateway) -> None:
    """Sign the demo accounts up through the gateway; those that exist stay as they are.

    Raises ConfigurationError with the answer if signup does not work.
    """
    for account in DEMO_ACCOUNTS:
        answer = ""

        def signed_up(account: DemoAccount = account) -> bool:
            nonlocal answer
            status, answer = _sign_up(gateway, account)
            return status in (http.client.CREATED, http.client.CONFLICT)

        try:
            wait_until(signed_up, 30, f"signup of {account.user_id}")
        except ConfigurationError as error:
            raise ConfigurationError(f"{error}: {answer}") from error


def _sign_up(gateway: Gateway, account: DemoAccount) -> tuple[int, str]:
    body = {"userId": account.user_id, "password": account.password, "name": account.name}
    headers = {"Content-Type": "application/json"}
    answer = gateway.ask("POST", "/user", json.dumps(body), headers, seconds=10)
    return (0, "the gateway does not answer") if answer is None else (answer.status, answer.text)


def stop(root: Path, say: Say) -> None:
    """End the stack that runs in a folder and wait until it has; says so if there is none."""
    layout = Layout(root.resolve())
    if not is_running(layout):
        say("nothing runs here")
        return
    instance = running_instance(layout)
    launcher = instance.launcher() if instance else None
    if launcher is not None:
        launcher.send_signal(signal.SIGTERM)
    # Without its launcher the supervisor is ending already.
    wait_until(lambda: not is_running(layout), STOP_SECONDS, f"the end of the stack in {root}")
    say("stopped")


def forget(root: Path) -> None:
    """Remove all data, keys, logs and sockets of a folder's stack.

    Raises ConfigurationError while it runs.
    """
    layout = Layout(root.resolve())
    lock = InstanceLock(layout)
    lock.acquire("")
    try:
        shutil.rmtree(layout.var)
        for folder in (layout.sockets, layout.web_sockets):
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        lock.release()
