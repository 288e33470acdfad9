"""Which processes there are, by their heartbeats: those heard and those that fell silent.

A heartbeat is kept by the time at which it was heard, so clocks of machines need not agree. Who is
deaf itself judges nobody: silence counts from when this process has heard its own beats without a
gap, so neither an outage of the topic nor the start of a reader makes processes silent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

READY, UNREADY, ENDED = "ready", "unready", "ended"
"""What a process says of itself."""
SILENT = "silent"
"""What is said of one that says nothing any more."""
EVERY = 10.0
"""Seconds between two beats in which nothing changes."""
HOLDS = 30.0
"""Seconds for which a beat holds: two may be lost."""
LATELY = 600.0
"""Seconds for which it is told that a process began anew without a last word."""
KEPT = 3600.0
"""Seconds for which a silent process is told of."""


@dataclass(frozen=True, slots=True)
class Beat:
    """What a process says; see schemas.records.Heartbeat. Times are seconds since 1970."""

    worker: str
    service: str
    instance: str
    started_at: float
    state: str = READY
    version: str = ""
    holds: float = HOLDS
    reasons: Mapping[str, str] = field(default_factory=dict)
    away: tuple[str, ...] = ()
    counts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HeardProcess:
    """A process as it is told of: its last beat, heard at `heard_at`, and its state by now.

    `fell_at`: when a start of it before this one was heard last, that ended without a last word and
    not long ago.
    """

    beat: Beat
    heard_at: float
    state: str
    fell_at: float | None = None


class Hearing:
    """Since when a process has heard its own beats without a gap; `own` is its instance."""

    def __init__(self, own: str) -> None:
        self.own = own
        self.since: float | None = None
        self._last = 0.0

    def heard(self, now: float) -> None:
        """An own beat came back."""
        if self.since is None or now - self._last > HOLDS:
            self.since = now
        self._last = now

    def is_deaf(self, now: float) -> bool:
        """Whether what others say does not come here either."""
        return self.since is None or now - self._last > HOLDS

    @property
    def last(self) -> float | None:
        """When an own beat came last; None: none did yet."""
        return None if self.since is None else self._last


class Processes:
    """The fold of all heartbeats; `own` is the instance of the process that folds them."""

    def __init__(self, own: str) -> None:
        self.hearing = Hearing(own)
        self._known: dict[str, dict[str, tuple[Beat, float]]] = {}

    def hear(self, beat: Beat, at: float) -> None:
        """Take a beat that was heard `at`; those of an instance come in order."""
        if beat.instance == self.hearing.own:
            self.hearing.heard(at)
        instances = self._known.setdefault(beat.worker, {})
        if beat.state == ENDED:
            instances.pop(beat.instance, None)
        else:
            instances[beat.instance] = beat, at
        if not instances:
            del self._known[beat.worker]

    def shown(self, now: float) -> Sequence[HeardProcess]:
        """Each worker once, in the order of services and names.

        Of several instances of a worker the newest that is heard; when none is, the last heard.
        """
        self._forget(now)
        found = [self._of(instances, now) for instances in self._known.values()]
        return sorted(found, key=lambda each: (each.beat.service, each.beat.worker))

    def heard(self, now: float) -> Iterator[Beat]:
        """The last beats of all who are not silent."""
        return (each.beat for each in self.shown(now) if each.state != SILENT)

    def _of(self, instances: Mapping[str, tuple[Beat, float]], now: float) -> HeardProcess:
        heard = [each for each in instances.values() if not self._is_silent(*each, now)]
        if heard:
            beat, at = max(heard, key=lambda each: each[0].started_at)
            fell_at = max(
                (
                    last
                    for each, last in instances.values()
                    if self._is_silent(each, last, now) and now - last <= LATELY
                ),
                default=None,
            )
            return HeardProcess(beat, at, beat.state, fell_at)
        beat, at = max(instances.values(), key=lambda each: each[1])
        return HeardProcess(beat, at, SILENT)

    def _is_silent(self, beat: Beat, at: float, now: float) -> bool:
        hearing = self.hearing
        if hearing.is_deaf(now) or hearing.since is None:
            return False
        return now - max(at, hearing.since) > beat.holds

    def _forget(self, now: float) -> None:
        for worker, instances in list(self._known.items()):
            kept = {name: each for name, each in instances.items() if now - each[1] <= KEPT}
            if kept:
                self._known[worker] = kept
            else:
                del self._known[worker]
