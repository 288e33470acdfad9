"""In which order processes are replaced, and what a replacement that fails leaves behind."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from chatstream.commands.stack import restart
from chatstream.errors import ConfigurationError
from infra.embedded import rolling
from infra.embedded.captured import CapturedStack
from infra.embedded.layout import Layout
from infra.embedded.rolling import NAMES, Rolling, in_turn
from infra.embedded.services import places, workers
from infra.embedded.serving import Serving

COUNTS = {"front": 2, "chat": 2}


class Replaced:
    """Notes what is done to a stack; what is in `broken` never becomes ready."""

    def __init__(self, layout: Layout, broken: Collection[str] = ()) -> None:
        self.layout = layout
        self.serving = Serving(layout)
        self.workers = workers(COUNTS)
        self.supervisor = self
        self.ports = {place.process: n for n, place in enumerate(places(self.workers))}
        self.endpoints = self
        self.broken = broken
        self.done: list[str] = []

    def stop_process(self, name: str) -> None:
        self.done.append(f"stop {name}")

    stop_program = stop_process

    def start_process(self, name: str) -> None:
        self.done.append(f"start {name}")

    start_program = start_process

    def wait_ready(self, name: str, _: float) -> None:
        if name in self.broken:
            raise ConfigurationError(f"{name} is not ready")
        self.done.append(f"ready {name}")


@pytest.fixture
def replaced(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> Replaced:
    made = Replaced(layout)
    names = {port: process for process, port in made.ports.items()}

    def until(_: object, __: float, process: str, hint: str) -> float:
        made.wait_ready(process, 0)
        return 0.0

    monkeypatch.setattr(rolling, "wait_until", until)
    monkeypatch.setattr(rolling, "answers", lambda port, _: port in names)
    monkeypatch.setattr(Rolling, "reload", lambda _: made.done.append("reload"))
    return made


def replace(stack: Any, *names: str) -> list[str]:
    Rolling(stack, lambda _: None).replace(names)
    done: list[str] = stack.done
    return done


def test_every_front_is_ready_and_led_to_before_the_first_of_before_ends(
    replaced: Replaced,
) -> None:
    done = replace(replaced, "front")
    assert done == [
        "stop front-1.b", "start front-1.b", "ready front-1.b",
        "stop front-2.b", "start front-2.b", "ready front-2.b",
        "reload",
        "stop front-1", "stop front-2",
    ]  # fmt: skip
    assert [replaced.serving.process_of(f"front-{n}") for n in (1, 2)] == ["front-1.b", "front-2.b"]
    assert replaced.serving.process_of("front-auth") == "front-auth"


def test_the_next_time_they_go_back_to_their_first_places(replaced: Replaced) -> None:
    replace(replaced, "front")
    replaced.done.clear()
    assert "start front-1" in replace(replaced, "front")
    assert replaced.serving.process_of("front-1") == "front-1"


def test_workers_are_stopped_and_started_one_after_another(replaced: Replaced) -> None:
    assert replace(replaced, "chat") == [
        "stop chat-1", "start chat-1", "ready chat-1",
        "stop chat-2", "start chat-2", "ready chat-2",
    ]  # fmt: skip


def test_services_that_share_a_program_are_replaced_at_once(replaced: Replaced) -> None:
    replaced.workers = workers({}, is_together=True)
    expected = ["stop quiet", "start quiet", "ready quiet"]
    assert replace(replaced, "friend") == expected
    replaced.done.clear()
    assert replace(replaced, "content", "user") == expected


def test_the_log_comes_first_and_the_fronts_last(replaced: Replaced) -> None:
    done = replace(replaced, *NAMES)
    assert done[0] == "stop log-1"
    ready = [each.removeprefix("ready ") for each in done if each.startswith("ready ")]
    assert ready[-4:] == ["front-1.b", "front-2.b", "front-auth.b", "front-coupon-1.b"]
    assert set(ready[:-4]) == {*in_turn(replaced.workers, NAMES), "shipper"}
    assert done.count("reload") == 1


def test_the_gateway_alone_is_only_reloaded(replaced: Replaced) -> None:
    assert replace(replaced, "nginx") == ["reload"]


def test_a_front_that_does_not_come_up_changes_nothing(replaced: Replaced) -> None:
    replaced.broken = ["front-2.b"]
    with pytest.raises(ConfigurationError, match=r"front-2\.b is not ready"):
        replace(replaced, "front")
    assert replaced.done[-2:] == ["stop front-1.b", "stop front-2.b"]
    assert "reload" not in replaced.done
    assert replaced.serving.process_of("front-1") == "front-1"


def test_a_gateway_that_refuses_goes_on_with_the_fronts_of_before(
    replaced: Replaced, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Rolling) -> None:
        assert replaced.serving.process_of("front-1") == "front-1.b"
        raise ConfigurationError("nginx refuses")

    monkeypatch.setattr(Rolling, "reload", refuse)
    with pytest.raises(ConfigurationError, match="nginx refuses"):
        replace(replaced, "front")
    assert replaced.serving.process_of("front-1") == "front-1"
    assert replaced.done[-2:] == ["stop front-1.b", "stop front-2.b"]
    assert "stop front-1" not in replaced.done


def test_a_worker_that_does_not_come_up_ends_the_restart(replaced: Replaced) -> None:
    replaced.broken = ["chat-1"]
    with pytest.raises(ConfigurationError):
        replace(replaced, "chat", "front")
    assert replaced.done == ["stop chat-1", "start chat-1"]


def test_where_nothing_runs_nothing_is_replaced(layout: Layout) -> None:
    result = CliRunner().invoke(restart, ["--root", str(layout.root), "chat"])
    assert isinstance(result.exception, ConfigurationError)
    assert "no stack was started" in str(result.exception)


def test_what_is_no_service_is_refused_with_the_names(tmp_path: Path) -> None:
    result = CliRunner().invoke(restart, ["--root", str(tmp_path), "kafka"])
    assert result.exit_code == 2
    assert "front-auth" in result.output


@pytest.mark.parametrize(
    ("names", "is_given"), [((), True), (("chat", "reporting"), True), (("chat",), False)]
)
def test_where_changes_are_captured_the_connectors_are_given_anew(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, names: Sequence[str], *, is_given: bool
) -> None:
    stack = CapturedStack(layout.root, 28000)
    done: list[str] = []
    monkeypatch.setattr(stack, "command", lambda *words: done.append(" ".join(words)))
    monkeypatch.setattr(rolling, "attach", lambda _: stack)
    monkeypatch.setattr(Rolling, "replace", lambda _, names: done.append("replaced"))
    rolling.restart(layout.root, names, lambda _: None)
    assert done[:3] == ["migrate", "topics create", "replaced"]
    assert done[3:] == (["reporting connect"] if is_given else [])
