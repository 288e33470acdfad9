"""Using a stack that another process started: what is written for it, and what is refused."""

import json
import stat
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from chatstream.commands import restoring
from chatstream.commands.backup import backup
from chatstream.errors import ConfigurationError
from infra.embedded import attached, captured, resting, stack
from infra.embedded.attached import AttachedStack, attach
from infra.embedded.captured import COUNTS, CapturedStack
from infra.embedded.downloads import Programs
from infra.embedded.layout import Layout
from infra.embedded.shape import StackShape
from infra.embedded.sheet import Sheet

PORTS = {
    "kafka": 28001,
    "kafka-controller": 28002,
    "elasticsearch": 28003,
    "elasticsearch-transport": 28004,
}
SHAPE = StackShape({"chat": 2}, {"CHATSTREAM_A": "1"}, brokers=3)
SHEET = Sheet(28000, {"kafka": 28001, "chat-1": 28010}, SHAPE)


def test_what_another_process_needs_is_kept_for_this_user_only(layout: Layout) -> None:
    SHEET.write(layout)
    assert Sheet.read(layout) == SHEET
    (file,) = layout.run.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_where_no_stack_was_started_there_is_none_to_use(layout: Layout) -> None:
    with pytest.raises(ConfigurationError, match="no stack was started in"):
        AttachedStack(layout.root)


def test_a_stack_that_was_started_before_a_setting_was_known_can_be_used(layout: Layout) -> None:
    SHEET.write(layout)
    (file,) = layout.run.iterdir()
    told = json.loads(file.read_text())
    assert told.keys() == {"port", "ports", "counts", "extra_env", "brokers", "tls", "is_together"}
    del told["tls"], told["brokers"], told["is_together"]
    file.write_text(json.dumps(told))
    assert Sheet.read(layout).shape == StackShape(SHAPE.counts, SHAPE.extra_env)


class Ordered:
    """A supervisor of another process, under which everything runs; notes what it is told."""

    def __init__(self, *_: object) -> None:
        self.done: list[str] = []

    def is_alive(self) -> bool:
        return True

    def pid(self, _: str) -> int:
        return 1

    def stop_program(self, name: str) -> None:
        self.done.append(f"stop {name}")

    def start_program(self, name: str) -> None:
        self.done.append(f"start {name}")


@pytest.fixture
def root(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone whose stack was started with CDC=1, without the programs themselves."""
    folder = layout.root
    monkeypatch.setattr(stack, "ensure_programs", lambda _: Programs(folder, folder))
    monkeypatch.setattr(captured, "ensure_debezium", lambda _: folder)
    monkeypatch.setattr(attached, "AttachedSupervisor", Ordered)
    shape = StackShape(COUNTS)
    found = CapturedStack(folder, 28000, shape)
    ports = {place.process: 28010 + n for n, place in enumerate(found.places)}
    Sheet(28000, {**PORTS, **ports, "connect": 28050}, shape).write(layout)
    return folder


def test_a_captured_stack_is_used_with_its_connect(root: Path) -> None:
    found = attach(root)
    assert isinstance(found, CapturedStack)
    assert found.connect.url == "http://127.0.0.1:28050"
    told = found.command_environment()
    assert told["CHATSTREAM_CDC__IS_RUN"] == "true"
    assert told["CHATSTREAM_CDC__CONNECT_URL"] == found.connect.url
    assert "reporting" in json.loads(told["CHATSTREAM_POSTGRES__OTHERS"])
    assert "postgres-reporting" in found._shipping().databases


def test_a_stack_without_connect_is_used_without_it(root: Path, layout: Layout) -> None:
    sheet = Sheet.read(layout)
    ports = {name: port for name, port in sheet.ports.items() if name != "connect"}
    Sheet(sheet.port, ports, StackShape()).write(layout)
    found = attach(root)
    assert not isinstance(found, CapturedStack)
    assert "CHATSTREAM_CDC__IS_RUN" not in found.command_environment()


def test_connect_rests_with_the_services_since_it_reads_the_databases_too(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Sequence[str]] = []
    monkeypatch.setattr(AttachedStack, "wait_ready", lambda *_: 0.0)
    monkeypatch.setattr(CapturedStack, "command", lambda _, *words: told.append(words))
    orders = Ordered()
    monkeypatch.setattr(attached, "AttachedSupervisor", lambda *_: orders)
    with resting.services_resting(root, lambda _: None):
        assert "stop connect" in orders.done
        assert not [each for each in orders.done if each.startswith("start")]
    assert "start connect" in orders.done
    assert told == [("reporting", "connect")]


def test_a_restore_that_stops_the_services_starts_them_again_when_it_is_refused(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = Ordered()
    monkeypatch.setattr(attached, "AttachedSupervisor", lambda *_: orders)
    monkeypatch.setattr(AttachedStack, "wait_ready", lambda *_: 0.0)
    monkeypatch.setattr(CapturedStack, "command", lambda *_: "")

    def refuse(*_: object, **__: object) -> None:
        assert "stop chat-1" in orders.done
        assert not [each for each in orders.done if each.startswith("start")]
        raise ConfigurationError("it does not fit")

    monkeypatch.setattr(restoring, "restore", refuse)
    words = ["restore", str(tmp_path), "--stop-services", "--root", str(root)]
    result = CliRunner().invoke(backup, words)
    assert isinstance(result.exception, ConfigurationError)
    assert "the services run again" in result.output
    stopped = {each.removeprefix("stop ") for each in orders.done if each.startswith("stop ")}
    started = {each.removeprefix("start ") for each in orders.done if each.startswith("start ")}
    assert stopped == started >= {"front-1", "reporting", "connect"}
