"""Sagas in memory, by the rules of the port."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from chatstream.domain.erasure import ALARM_ATTEMPTS, delay
from chatstream.ports.erasure import Due, Ends
from schemas.catalogue import ERASURE_STEPS


@dataclass
class FakeStep:
    """A step of a saga; `next_at` in the fake's seconds."""

    attempts: int = 0
    reported: int = 0
    next_at: float = 0.0
    done: bool = False
    problem: str = ""
    upto: Ends | None = None
    erased: dict[str, int] = field(default_factory=dict)


class FakeSagas:
    """ports.erasure.Sagas; time moves by hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.accounts: dict[str, str] = {}
        self.traces: dict[str, bytes] = {}
        self.steps: dict[str, dict[str, FakeStep]] = {}

    def begin(
        self,
        saga_id: str,
        account_id: str,
        trace: bytes | None = None,
        steps: Sequence[str] = ERASURE_STEPS,
    ) -> None:
        """A saga whose first step is done, as the tombstone leaves it."""
        self.accounts[saga_id] = account_id
        if trace is not None:
            self.traces[saga_id] = trace
        self.steps[saga_id] = {step: FakeStep(next_at=self.now) for step in steps}
        self.steps[saga_id]["account"].done = True

    async def due(self, limit: int) -> Sequence[Due]:
        """See ports.erasure.Sagas."""
        found: list[Due] = []
        for saga_id, steps in self.steps.items():
            if len(found) == limit:
                break
            name = next((name for name, step in steps.items() if not step.done), None)
            if name is None or steps[name].next_at > self.now:
                continue
            step = steps[name]
            step.attempts += 1
            step.next_at = self.now + delay(step.attempts)
            due = Due(saga_id, self.accounts[saga_id], name, step.attempts)
            trace = self.traces.get(saga_id)
            found.append(replace(due, upto=step.upto or {}, trace=trace))
        return found

    async def note_ends(self, due: Due, upto: Ends) -> None:
        """See ports.erasure.Sagas."""
        step = self.steps[due.saga_id][due.step]
        step.upto = step.upto or upto

    async def running(self) -> int:
        """See ports.overview.SagaCounts."""
        return sum(not all(step.done for step in steps.values()) for steps in self.steps.values())

    async def alarming(self) -> int:
        """See ports.erasure.Sagas."""
        steps = [step for saga in self.steps.values() for step in saga.values()]
        return sum(not each.done and each.attempts >= ALARM_ATTEMPTS for each in steps)

    async def report(
        self,
        saga_id: str,
        step: str,
        attempt: int,
        *,
        done: bool,
        problem: str,
        erased: Mapping[str, int],
    ) -> None:
        """See ports.erasure.Sagas."""
        held = self.steps[saga_id][step]
        if attempt <= held.reported:
            return
        held.reported, held.problem = attempt, problem
        held.done = held.done or done
        for kind, count in erased.items():
            held.erased[kind] = held.erased.get(kind, 0) + count


class FakeOffsets:
    """Topics end where `end` says, groups are where `passed` says."""

    def __init__(self) -> None:
        self.end = [5, 0]
        self.passed = False
        self.asked: list[tuple[str, Ends]] = []

    async def ends(self, topics: Sequence[str]) -> Ends:
        return {topic: list(self.end) for topic in topics}

    async def has_passed(self, group: str, ends: Ends) -> bool:
        self.asked.append((group, ends))
        return self.passed
