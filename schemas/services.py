"""Services: the processes a worker can be. Those of fronts and of one context's own besides."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Service:
    """A service; its consumer group is named after it.

    `is_waited_for`: a person waits for what it does, so it never yields the processor.
    `is_single`: there is one process, without a number in its name. `counted_by`: the environment
    variable by which `make run` learns how many there are; empty: its name in capitals.
    `is_optional`: it runs where it is asked for. `is_apart`: a pool of fronts that serves and hears
    only the contexts with paths for it, and gives way to the others, so that a rush there takes
    nothing from them. `is_quiet`: it has so little to do that it may share a process with others
    that are, where processors are few.
    """

    name: str
    is_waited_for: bool = True
    is_single: bool = False
    counted_by: str = ""
    is_optional: bool = False
    is_apart: bool = False
    is_quiet: bool = False

    @property
    def variable(self) -> str:
        """The environment variable of its number of processes."""
        return self.counted_by or self.name.upper().replace("-", "_")

    @property
    def niceness(self) -> int:
        """How far its processes give way to others, as `nice` counts."""
        if not self.is_waited_for:
            return 10
        return 5 if self.is_apart else 0


FRONT = Service("front")
FRONT_AUTH = Service("front-auth", is_single=True)
FRONT_COUPON = Service("front-coupon", is_apart=True)
USER = Service("user", counted_by="USERS", is_quiet=True)  # USER is whoever is logged in
FRIEND = Service("friend", is_quiet=True)
COUPON = Service("coupon", is_quiet=True)
CONTENT = Service("content", is_quiet=True)
CHAT = Service("chat")
STATS = Service("stats", is_waited_for=False)
LOG = Service("log", is_waited_for=False, counted_by="LOGS")
LAG = Service("lag", is_waited_for=False)
REPORTING = Service("reporting", is_waited_for=False, is_single=True, is_optional=True)
