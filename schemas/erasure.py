"""The steps of an erasure, as contexts tell them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import TopologicalSorter

from schemas.records.erasure import EraseStep, StepReported
from schemas.services import Service
from schemas.streams import Key, Stream, TopicSpec, dead_letters, stream

TOMBSTONE = "account"
"""The first step, stored together with the saga itself: nobody is asked for it."""

_DLQ = dead_letters("kakao.user.erasure")


@dataclass(frozen=True)
class ErasureStep:
    """A context's part, asked for by a `wish` once the steps it comes `after` are done.

    Sagas store its name, and its topics are named after it. A part of a context that only reads
    what others write comes when `facts` are read to where they ended as it was asked for, and
    other services have answered the `wishes` from before then.
    """

    name: str
    wish: type[EraseStep]
    report: type[StepReported]
    after: tuple[str, ...] = ()
    facts: tuple[TopicSpec, ...] = ()
    wishes: Mapping[Service, tuple[TopicSpec, ...]] = field(default_factory=dict)

    @cached_property
    def stream(self) -> Stream:
        """Where it is asked for and its attempts are reported; dead letters are those of all."""
        name = f"kakao.{self.name}.erasure"
        return stream(name, Key.ACCOUNT, request=self.wish, response=self.report, dlq=_DLQ)

    @property
    def request(self) -> TopicSpec:
        """Where it is asked for."""
        return self.stream.request

    @property
    def response(self) -> TopicSpec:
        """Where its attempts are reported."""
        return self.stream.response

    @property
    def reads(self) -> tuple[TopicSpec, ...]:
        """The topics whose ends must have been reached."""
        return (*self.facts, *(each for topics in self.wishes.values() for each in topics))


def in_order(steps: Iterable[ErasureStep]) -> tuple[ErasureStep, ...]:
    """The steps, each behind those it comes after; those that only read behind all that write.

    Raises KeyError for one after a step that is none, graphlib.CycleError for a circle.
    """
    named = {step.name: step for step in steps}
    writers = [step.name for step in named.values() if not step.reads]
    order = TopologicalSorter(
        {step.name: (*step.after, *(writers if step.reads else ())) for step in named.values()}
    )
    return tuple(named[name] for name in order.static_order())
