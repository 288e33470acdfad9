"""What the supervisor does with programs: real supervisord, small programs."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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


def test_what_the_supervisor_itself_said_is_put_aside_at_a_start_when_it_is_long(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.embedded.supervision.LOG_BYTES", 10_000)
    output = layout.log_file("supervisord.out")
    for length, aside in ((10_000, False), (10_001, True)):
        output.write_text("x" * length)
        with supervising(layout, shell(layout, "worker")):
            assert output.with_name("supervisord.out.log.1").exists() == aside
    assert not output.read_text()


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


WRITER = """
import os, signal, sys
number, text = int(sys.argv[1]), "x" * int(sys.argv[2])
try:
    open("once", "x")
except FileExistsError:
    signal.pause()
whole = "".join(f"{each:08} {text}\\n" for each in range(number)).encode()
for place in range(0, len(whole), 5000):
    os.write(1, whole[place : place + 5000])
os.write(2, b"the last words")
os.kill(os.getpid(), signal.SIGKILL)
"""


def writer(layout: Layout, number: int, width: int, output: str | None = None) -> Program:
    """It ends by SIGKILL; started again it writes nothing."""
    script = layout.root / "writer.py"
    script.write_text(WRITER)
    command = [sys.executable, str(script), str(number), str(width)]
    return Program("worker", command, layout.root, output=output)


@contextmanager
def supervising(layout: Layout, program: Program) -> Iterator[Supervisor]:
    lock = InstanceLock(layout)
    made = Supervisor(layout, [ProgramGroup("services", 500, [program])])
    made.start(lock.acquire("http://127.0.0.1:28000"))
    try:
        yield made
    finally:
        made.stop()
        lock.release()


def test_a_killed_process_loses_no_line_and_none_is_cut_by_a_rotation(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines of 700 bytes into files of 100 kB: hardly a piece of the pipe ends with a line."""
    monkeypatch.setattr("infra.embedded.supervision.LOG_BYTES", 100_000)
    with supervising(layout, writer(layout, 400, 700)) as supervisor:
        supervisor.start_program("worker")
        live = layout.log_file("worker")

        def is_whole() -> bool:
            found = sorted(live.parent.glob("worker.log*"))
            return sum(path.read_text().count("the last words") for path in found) >= 1

        wait_until(is_whole, 20, "the last words")
        supervisor.stop_program("worker")
    names = [live.with_name(f"worker.log.{number}") for number in (3, 2, 1)] + [live]
    texts = [path.read_text() for path in names if path.exists()]
    assert len(texts) >= 3
    assert all(text.endswith("\n") for text in texts[:-1])
    lines = [f"{each:08} {'x' * 700}" for each in range(400)]
    assert "".join(texts).rstrip("\n").split("\n") == [*lines, "the last words"]


def test_output_may_have_a_file_of_its_own_and_a_line_without_end_gets_one(layout: Layout) -> None:
    with supervising(layout, writer(layout, 1, 1, output="access")) as supervisor:
        errors = layout.log_file("worker")
        errors.write_text("half a line")
        supervisor.start_program("worker")
        wait_until(lambda: "words" in errors.read_text(), 20, "the last words")
        supervisor.stop_program("worker")
    assert errors.read_text().startswith("half a line\nthe last words")
    assert layout.log_file("access").read_text().startswith("00000000 x\n")
