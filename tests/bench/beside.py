"""What others notice of something: their messages, at a rate that a machine at ease carries."""

from __future__ import annotations

from tests.bench.drive import DEADLINE, Run, measured, process
from tests.bench.scenes.bench import Bench
from tests.bench.wire import Event, Job


def others_job(bench: Bench, but: int = 0) -> Job:
    """Everybody but the first so many talks in the rooms of their own."""
    people, sizes = bench.people, bench.sizes
    seats = people.seats()[but:]
    return Job(
        mode="open",
        port=bench.front_port,
        tokens=people.tokens,
        rooms=people.rooms,
        seats=seats,
        senders=len(seats),
        rate=float(sizes.flood_rate),
        warm_up=sizes.warm_up,
        seconds=sizes.flood_seconds,
    )


def beside(
    bench: Bench, others: Job, module: str, job: object, within: float = DEADLINE
) -> tuple[Run, Event]:
    """The others while that process does its job from their first message to their last.

    It begins and ends at a line of input, and then tells its result.
    """
    with process(module, job, within) as going, process("load", others) as load:
        going.wait_for("ready")
        run = measured(bench.stack, load, {module: going.pid}, at_begin=going.go_on)
        going.go_on()
        return run, going.wait_for("result")
