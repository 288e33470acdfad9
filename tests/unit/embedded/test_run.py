"""What a start, a stop and `clean-data` tell the person at the terminal."""

import stat
import subprocess
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner

from chatstream.commands.stack import clean_data, run, stop
from chatstream.errors import ConfigurationError
from infra.embedded import run as launcher
from infra.embedded.gateway import Gateway, GatewaySettings
from infra.embedded.instance import InstanceLock
from infra.embedded.layout import Layout
from infra.embedded.shape import StackShape
from infra.embedded.stack import Stack
from infra.embedded.waiting import NotReadyError, wait_until


def test_the_last_line_has_the_address_and_two_accounts() -> None:
    line = launcher.ready_line("http://127.0.0.1:28000")
    assert "http://127.0.0.1:28000" in line
    assert line.count(" / ") == 2
    assert "\n" not in line


@pytest.mark.parametrize("status", [201, 409])
def test_a_demo_account_that_exists_is_fine(layout: Layout, status: int) -> None:
    seen: list[str] = []

    class Front(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(self.path)
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Front)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        settings = GatewaySettings(server.server_address[1], {})
        launcher.create_demo_accounts(Gateway(layout, settings))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert seen == ["/user", "/user"]


def test_waiting_names_what_is_not_ready_and_where_to_look() -> None:
    with pytest.raises(NotReadyError, match=r"kafka is not ready after 0 s; see kafka.log"):
        wait_until(lambda: False, 0, "kafka", "; see kafka.log")


def test_a_shell_reads_the_settings_of_the_stack_from_a_private_file(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = Stack(layout.root, 28000)
    monkeypatch.setattr(stack, "env", lambda: {"CHATSTREAM_POSTGRES__AUTH": "host=/s dbname='a'"})
    stack.write_environment()
    file = layout.run / "env.sh"
    script = f'. {file}; printf %s "$CHATSTREAM_POSTGRES__AUTH|$CHATSTREAM_DATA_DIR"'
    told = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout == f"host=/s dbname='a'|{layout.data('commands')}"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_stop_says_when_nothing_runs(layout: Layout) -> None:
    result = CliRunner().invoke(stop, ["--root", str(layout.root)])
    assert result.exit_code == 0
    assert result.output == "nothing runs here\n"


def test_clean_data_asks_and_keeps_everything_without_a_yes(layout: Layout) -> None:
    kept = layout.data("kafka")
    kept.mkdir(parents=True)
    result = CliRunner().invoke(clean_data, ["--root", str(layout.root)], input="n\n")
    assert result.exit_code == 1
    assert kept.exists()


def test_clean_data_removes_data_keys_and_sockets(layout: Layout) -> None:
    layout.data("kafka").mkdir(parents=True)
    result = CliRunner().invoke(clean_data, ["--root", str(layout.root), "--yes"])
    assert result.exit_code == 0, result.output
    assert not layout.var.exists()
    assert not layout.sockets.exists()
    assert not layout.web_sockets.exists()


def test_clean_data_refuses_while_a_stack_runs(layout: Layout) -> None:
    lock = InstanceLock(layout)
    lock.acquire("http://127.0.0.1:28000")
    try:
        with pytest.raises(ConfigurationError, match=r"already runs .* make stop"):
            launcher.forget(layout.root)
    finally:
        lock.release()
    assert layout.var.exists()


def test_the_numbers_of_workers_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}
    monkeypatch.setattr(
        launcher,
        "run",
        lambda root, port, shape, say, **told: seen.update(shape=shape, port=port, **told),
    )
    result = CliRunner().invoke(
        run,
        [],
        env={
            **{"CHAT": "2", "FRONT": "3", "PORT": "9000", "USER": "me"},
            **{"FRONT_COUPON": "2", "MONITOR": "1", "CDC": "1", "BROKERS": "3"},
            **{"TOGETHER": "1"},
        },
    )
    assert result.exit_code == 0, result.output
    counts = {"front": 3, "front-coupon": 2, "user": 1, "friend": 1, "chat": 2, "coupon": 1}
    counts |= {"content": 1, "stats": 1, "log": 1, "lag": 1, "reporting": 1}
    shape = StackShape(counts, brokers=3, tls=False, is_together=True)
    assert seen == {"shape": shape, "port": 9000, "monitor": True}


@pytest.mark.parametrize(("said", "tls"), [("1", True), ("0", False), ("", False)])
def test_tls_is_asked_for_by_a_variable(
    said: str, tls: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    monkeypatch.setattr(launcher, "run", lambda _, __, shape, *___, **____: seen.append(shape.tls))
    result = CliRunner().invoke(run, [], env={"TLS": said})
    assert result.exit_code == 0, result.output
    assert seen == [tls]


def test_two_brokers_are_no_choice() -> None:
    """They have no majority without each other."""
    result = CliRunner().invoke(run, [], env={"BROKERS": "2"})
    assert result.exit_code == 2
    assert "'2' is not one of '1', '3'" in result.output
