"""The alert rules of the product, as the tests read them, and made quicker for those that wait."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import yaml

from infra.prometheus.config import RULES

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_TIME = r"(\d+)([smhd])"
# A time behind `for:`, in the brackets of a range, or behind `offset`.
_TIMES = re.compile(rf"(?<=for: ){_TIME}|(?<=\[){_TIME}(?=\])|(?<=offset ){_TIME}")


@cache
def alerts() -> list[dict[str, Any]]:
    """Every alert, as it stands in the file."""
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def quicker(shorten: Callable[[float], float], replaced: Mapping[str, tuple[str, str]]) -> str:
    """The rules with each of their times made shorter, and these parts replaced, by alert.

    A part is (as it stands then, what it becomes); AssertionError when it does not stand there.
    """
    text = _TIMES.sub(
        lambda found: f"{max(1, round(shorten(_seconds(found))))}s", RULES.read_text()
    )
    head, *parts = re.split(r"(?=      - alert: )", text)
    for number, part in enumerate(parts):
        name = part.split()[2]
        if name in replaced:
            before, after = replaced[name]
            assert before in part, f"{name} has no {before}"
            parts[number] = part.replace(before, after)
    return head + "".join(parts)


def _seconds(found: re.Match[str]) -> float:
    number, unit = (each for each in found.groups() if each is not None)
    return float(number) * _UNITS[unit]
