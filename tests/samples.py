"""Samples of the product's metrics, as `/metrics` would show them."""

from __future__ import annotations

import gc

from prometheus_client import REGISTRY


def sample(name: str, **labels: str) -> float:
    """The value of `chatstream_<name>` with exactly these labels; 0 before its first one."""
    return REGISTRY.get_sample_value(f"chatstream_{name}", labels) or 0.0


class Since:
    """How far samples have moved since this was made."""

    def __init__(self) -> None:
        self._before = _all()

    def __call__(self, name: str, **labels: str) -> float:
        """As `sample`, without what there was before."""
        before = self._before.get((f"chatstream_{name}", frozenset(labels.items())), 0.0)
        return sample(name, **labels) - before


def _all() -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    gc.collect()  # sources of earlier tests that nobody holds any more
    return {
        (each.name, frozenset(each.labels.items())): each.value
        for family in REGISTRY.collect()
        for each in family.samples
    }
