"""What the supervisor does with programs: real supervisord, small programs."""

import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from chatstream.errors import ConfigurationError
from infra.embedded.instance import InstanceLock
from infra.embedded.layout import Layout
from infra.embedded.programs import Program
from infra.embedded.supervision import (
    AttachedSupervisor,
    ProgramGroup,
    Supervisor,
    render,
    signal_tree,
)
from infra.embedded.waiting import wait_until

SHELL = "trap 'echo {name} >> {file}; exit 0' TERM; while :; do sleep 0.1; done"


def shell(layout: Layout, name: str) -> Program:
    script = SHELL.format(name=name, file=layout.var / "ended")
    return Program(name, ["/bin/sh", "-c", script], layout.root, {"ODD": 'a "b" 100% c'})


def groups_of(layout: Layout) -> list[ProgramGroup]:
    return [
        ProgramGroup("servers", 100, [shell(layout, "store"), shell(layout, "broker")]),
        ProgramGroup("services", 500, [shell(layout, "worker")]),
    ]


@pytest.fixture
def supervisor(layout: Layout) -> Iterator[Supervisor]:
    lock = InstanceLock(layout)
    made = Supervisor(layout, groups_of(layout))
    made.start(lock.acquire("http://127.0.0.1:28000"))
    yield made
    made.stop()
    lock.release()


def run(supervisor: Supervisor, name: str) -> psutil.Process:
    supervisor.start_program(name)
    wait_until(lambda: supervisor.state(name) == "RUNNING", 20, name)
    return psutil.Process(supervisor.pid(name))


def test_nothing_runs_before_it_is_started(supervisor: Supervisor) -> None:
    assert supervisor.state("store") == "STOPPED"
    assert supervisor.pid("store") == 0


def test_another_process_gives_orders_and_its_end_ends_nothing(
    supervisor: Supervisor, layout: Layout
) -> None:
    other = AttachedSupervisor(layout, groups_of(layout))
    assert other.is_alive()
    started = run(other, "worker")
    supervisor.start_program("worker")  # which runs already
    assert supervisor.pid("worker") == started.pid
    other.stop()
    assert supervisor.is_alive()
    assert started.is_running()
    other.stop_program("worker")
    assert supervisor.state("worker") == "STOPPED"
    supervisor.stop()
    assert not other.is_alive()


def test_two_that_start_a_program_at_once_start_it_once(
    supervisor: Supervisor, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = run(supervisor, "worker")
    late = AttachedSupervisor(layout, groups_of(layout))
    # What it was told before the other was quicker.
    monkeypatch.setattr(late, "_info", lambda _name: {"statename": "STOPPED"})
    late.start_program("worker")
    assert supervisor.pid("worker") == started.pid


def test_a_killed_program_comes_back(supervisor: Supervisor) -> None:
    before = run(supervisor, "worker")
    signal_tree(before.pid, signal.SIGKILL)
    wait_until(lambda: supervisor.pid("worker") not in (0, before.pid), 20, "the new worker")


def test_a_stopped_program_stays_down_until_it_is_started(supervisor: Supervisor) -> None:
    before = run(supervisor, "worker")
    supervisor.stop_program("worker")
    assert supervisor.state("worker") == "STOPPED"
    assert not before.is_running()
    assert run(supervisor, "worker").pid != before.pid


def test_the_end_takes_services_before_servers_and_leaves_no_process(
    supervisor: Supervisor, layout: Layout
) -> None:
    processes = [run(supervisor, name) for name in ("store", "broker", "worker")]
    signal_tree(processes[0].pid, signal.SIGSTOP)  # a paused program ends as well
    supervisor.stop()
    assert [process for process in processes if process.is_running()] == []
    order = (layout.var / "ended").read_text().split()
    assert order[0] == "worker"
    assert sorted(order[1:]) == ["broker", "store"]


def test_programs_end_with_a_supervisor_that_was_killed(
    supervisor: Supervisor, layout: Layout
) -> None:
    processes = [run(supervisor, name) for name in ("store", "worker")]
    supervisord = processes[0].parent()
    assert supervisord is not None
    supervisord.kill()
    wait_until(lambda: not supervisor.is_alive(), 20, "the end of the supervisor")
    assert set(supervisor.pids().values()) == {0}
    supervisor.stop()
    assert [process for process in processes if process.is_running()] == []
    # They were asked to end, not killed.
    assert sorted((layout.var / "ended").read_text().split()) == ["store", "worker"]


def test_a_value_reaches_a_program_as_it_is(supervisor: Supervisor) -> None:
    assert run(supervisor, "store").environ()["ODD"] == 'a "b" 100% c'


@pytest.mark.parametrize("value", ["a\nb", "a ;b", "a #b"])
def test_a_value_that_would_change_the_configuration_is_refused(layout: Layout, value: str) -> None:
    program = Program("odd", ["/bin/true", value], Path("/"))
    with pytest.raises(ConfigurationError, match="cannot take this value"):
        render(layout, [ProgramGroup("odd", 1, [program])])
