"""Latencies, summed up."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class Latency(msgspec.Struct, frozen=True):
    """Milliseconds; percentiles by the nearest rank. All 0 when nothing was measured."""

    count: int = 0
    mean: float = 0
    p50: float = 0
    p95: float = 0
    p99: float = 0
    p999: float = 0
    most: float = 0


def summary(seconds: Iterable[float]) -> Latency:
    """Sum up times given in seconds."""
    ordered = sorted(seconds)
    count = len(ordered)
    if not count:
        return Latency()

    def rank(share: float) -> float:
        return 1000 * ordered[min(count - 1, int(count * share))]

    return Latency(
        count=count,
        mean=1000 * sum(ordered) / count,
        p50=rank(0.5),
        p95=rank(0.95),
        p99=rank(0.99),
        p999=rank(0.999),
        most=1000 * ordered[-1],
    )
