"""Gauges whose values are read when `/metrics` is asked for, so that nobody pays for them before.

What is counted as it happens is a plain Counter or Histogram of prometheus_client beside its seam.
A product metric is declared once, at the top of a module, is named `chatstream_…`, and has labels
of few values only: topics, agents, lanes, codes, never an account or a room. Each has a row in
`docs/operations.md`, Metrics.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar
from weakref import WeakSet

from prometheus_client import REGISTRY, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

Source = TypeVar("Source")

# The values of a gauge's labels, in their order, and its value there.
Sample = tuple[Sequence[str], float]


def tell_no_beginnings() -> None:
    """Leave out when each counter and histogram began: a series more for each that nobody asks."""
    disable_created_metrics()  # type: ignore[no-untyped-call]


class ReadGauge(Collector, Generic[Source]):
    """A gauge over all that was `watch`ed and is still there; asked on the event loop.

    `read` gives the samples of one source and must not raise; samples of equal labels are put
    `together` (a sum, or the largest). Sources are held weakly: one that is over and was forgotten
    without `unwatch` is told of no longer.
    """

    def __init__(
        self,
        name: str,
        documentation: str,
        labels: Sequence[str],
        read: Callable[[Source], Iterable[Sample]],
        *,
        together: Callable[[float, float], float] = float.__add__,
    ) -> None:
        self.name = name
        self.labels = tuple(labels)
        self._documentation = documentation
        self._read = read
        self._together = together
        self._sources: WeakSet[Source] = WeakSet()
        REGISTRY.register(self)

    def watch(self, source: Source) -> None:
        """Tell of this one too, from here on."""
        self._sources.add(source)

    def unwatch(self, source: Source) -> None:
        """Tell of this one no longer; harmless when it was not watched."""
        self._sources.discard(source)

    def describe(self) -> list[GaugeMetricFamily]:
        """The gauge without values, by which the registry knows its name."""
        return [GaugeMetricFamily(self.name, self._documentation, labels=self.labels)]

    def collect(self) -> list[GaugeMetricFamily]:
        """The gauge as it is at this moment."""
        found: dict[tuple[str, ...], float] = {}
        for source in list(self._sources):
            for labels, value in self._read(source):
                key, number = tuple(labels), float(value)
                found[key] = self._together(found[key], number) if key in found else number
        (family,) = self.describe()
        for labels, value in found.items():
            family.add_metric(labels, value)
        return [family]
