"""Which samples of a group are told, so that a quiet group costs next to nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from chatstream.domain.lag.states import Sampling
from chatstream.domain.lag.watching import GroupLag, GroupPosition, GroupWatch, Place

QUIET = 60.0
"""Seconds between two samples that are told of a group in which nothing happens."""


def is_told(last: GroupLag | None, now: GroupLag) -> bool:
    """Whether the sample is told, after `last` was: whatever lags or moves, else one a minute."""
    if last is None or now.at - last.at >= QUIET or now.together.lag:
        return True
    return _positions(last) != _positions(now) or last.members != now.members


def is_kept(kept: GroupLag | None, now: GroupLag) -> bool:
    """Whether the sample becomes a document, after `kept` did: one a minute, and each new state."""
    return (
        kept is None
        or int(now.at // QUIET) != int(kept.at // QUIET)
        or kept.together.state != now.together.state
    )


def _positions(lag: GroupLag) -> list[tuple[str, int, int, int, bool]]:
    return [
        (each.topic, each.partition, held.committed, held.end, held.is_held)
        for each in lag.partitions
        for held in (each.position,)
    ]


@dataclass(frozen=True, slots=True)
class ToldSample:
    """A sample of a group as it was told."""

    group: str
    at: float
    members: int
    positions: Mapping[Place, GroupPosition]


def recalled(samples: Iterable[ToldSample], sampling: Sampling) -> Mapping[str, GroupWatch]:
    """The groups as they would be watched, had the monitor that told the samples gone on."""
    found: dict[str, GroupWatch] = {}
    for sample in _filled(sorted(samples, key=lambda each: each.at), sampling):
        watch = found.setdefault(sample.group, GroupWatch(sample.group, sampling))
        watch.observe(sample.at, sample.members, sample.positions)
    return found


def _filled(samples: Iterable[ToldSample], sampling: Sampling) -> Iterator[ToldSample]:
    """With those that were not told, since nothing happened; a monitor that was away saw none."""
    last: dict[str, ToldSample] = {}
    for sample in samples:
        before = last.get(sample.group)
        if before is not None and sample.at - before.at <= QUIET + sampling.interval:
            yield from _between(before, sample.at, sampling.interval)
        last[sample.group] = sample
        yield sample


def _between(sample: ToldSample, until: float, interval: float) -> Iterator[ToldSample]:
    at = sample.at + interval
    while at < until - interval / 2:
        yield ToldSample(sample.group, at, sample.members, sample.positions)
        at += interval
