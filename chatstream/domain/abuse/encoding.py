"""A policy as JSON and back, so that operators can change it while the program runs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from itertools import pairwise
from typing import Any, cast, get_args, get_origin, get_type_hints

from chatstream.domain.abuse.policy import Policy
from chatstream.domain.abuse.stems import spellings
from chatstream.errors import invalid

MOST_ENTRIES = 2000
LONGEST_ENTRY = 60
MOST_SPELLINGS = 64
LARGEST_COUNT = 1000
LONGEST_SECONDS = 30 * 86400.0


def pack(policy: Policy) -> dict[str, Any]:
    """The policy as JSON values."""
    return asdict(policy)


def unpack(value: object) -> Policy:
    """The policy of JSON values; what is left out is as in the default.

    INVALID_INPUT names the field that is unknown, of the wrong kind, or out of bounds: counts are 0
    to LARGEST_COUNT, times above 0 to LONGEST_SECONDS, lists and their entries of bounded length.
    """
    policy = cast("Policy", _read(Policy, value, "policy"))
    if not policy.version:
        raise invalid("policy.version", "must not be empty")
    ladder = policy.escalation.ladder
    if any(low.points >= high.points for low, high in pairwise(ladder)):
        raise invalid("policy.escalation.ladder", "must rise in points")
    return policy


def _read(kind: Any, value: object, where: str) -> object:
    if is_dataclass(kind):
        return _read_fields(cast("type[Any]", kind), value, where)
    if get_origin(kind) is tuple:
        if not isinstance(value, list | tuple) or len(value) > MOST_ENTRIES:
            raise invalid(where, f"must be a list of at most {MOST_ENTRIES}")
        inner = get_args(kind)[0]
        return tuple(_read(inner, each, f"{where}[{n}]") for n, each in enumerate(value))
    if kind is str:
        return _read_text(value, where)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise invalid(where, "must be a number")
    if kind is int:
        if not isinstance(value, int) or not 0 <= value <= LARGEST_COUNT:
            raise invalid(where, f"must be a whole number from 0 to {LARGEST_COUNT}")
        return value
    if not math.isfinite(value) or not 0 < value <= LONGEST_SECONDS:
        raise invalid(where, f"must be above 0 and at most {LONGEST_SECONDS:g} seconds")
    return float(value)


def _read_fields(kind: type[Any], value: object, where: str) -> object:
    if not isinstance(value, Mapping):
        raise invalid(where, "must be an object")
    kinds = get_type_hints(kind)
    known = [each.name for each in fields(kind)]
    unknown = [name for name in value if name not in known]
    if unknown:
        raise invalid(f"{where}.{unknown[0]}", "is not known")
    given = {
        name: _read(kinds[name], value[name], f"{where}.{name}") for name in known if name in value
    }
    try:
        return kind(**given)
    except TypeError:
        raise invalid(where, f"must have {', '.join(known)}") from None


def _read_text(value: object, where: str) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_ENTRY:
        raise invalid(where, f"must be a text of at most {LONGEST_ENTRY} characters")
    if spellings(value) > MOST_SPELLINGS:
        raise invalid(where, f"must have at most {MOST_SPELLINGS} spellings")
    return value
