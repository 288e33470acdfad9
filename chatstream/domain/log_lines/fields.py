"""Fields of the Elastic Common Schema as a nested object, and what all forms have in common."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from chatstream.domain.times import from_text, to_text

Fields = dict[str, Any]

_HALF = "\\ud"

_LEVELS = {
    "debug": ("trac", "trace", "blat", "debg", "debug", *(f"debug{n}" for n in range(1, 6))),
    "info": ("info", "notice", "log"),
    "warning": ("warn", "warning"),
    "error": ("error", "erro"),
    "critical": ("critical", "crit", "alert", "emerg", "panic"),
}
_LEVEL_OF = {name: level for level, names in _LEVELS.items() for name in names}


def level_of(name: object, also: Mapping[str, str] | None = None) -> str | None:
    """`debug`, `info`, `warning`, `error` or `critical` for a server's name of it; None: unknown.

    `also` are names that only this server has, in lower case.
    """
    if not isinstance(name, str):
        return None
    known = name.strip().lower()
    return (also or {}).get(known) or _LEVEL_OF.get(known)


def instant(text: object) -> str | None:
    """An RFC 3339 time as documents have it (UTC, milliseconds); None when it is none."""
    if not isinstance(text, str):
        return None
    try:
        return to_text(from_text(text))
    except ValueError:
        return None


def nested(flat: Mapping[str, object]) -> Fields:
    """Dotted names as nested objects; what is None is left out."""
    found: Fields = {}
    for name, value in flat.items():
        if value is None:
            continue
        *folders, last = name.split(".")
        place = found
        for folder in folders:
            place = place.setdefault(folder, {})
        place[last] = value
    return found


def json_object(line: str) -> Fields | None:
    """The JSON object that a line is; None when it is none, or has what JSON cannot carry on.

    That are numbers such as NaN, and halves of characters (`\\ud800`), which are no Unicode.
    """
    try:
        found = json.loads(line, parse_constant=_refuse)
        if _HALF in line.lower():
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def text(value: object) -> str | None:
    """The value if it is a text, else None."""
    return value if isinstance(value, str) else None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
