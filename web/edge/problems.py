"""What pydantic finds wrong with a body or a query, as problems with fields."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from chatstream.errors import Problem

NO_JSON = "must be JSON in UTF-8"
UNSTORABLE = "must not contain NUL or lone surrogates"

_NUMBER = "must be a whole number"
_ENTRIES_LEAST, _ENTRIES_MOST = (
    "must have at least {least} entries",
    "must have at most {most} entries",
)
_TEXT_LEAST, _TEXT_MOST = (
    "must have at least {least} characters",
    "must have at most {most} characters",
)
# By pydantic's type of error: our reason, and which of its values fills which part of it.
_REASONS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "missing": ("is required", {}),
    "extra_forbidden": ("is not a known field", {}),
    "json_invalid": (NO_JSON, {}),
    "string_type": ("must be a text", {}),
    "string_unicode": (UNSTORABLE, {}),
    "string_too_short": (_TEXT_LEAST, {"least": "min_length"}),
    "string_too_long": (_TEXT_MOST, {"most": "max_length"}),
    "too_short": (_ENTRIES_LEAST, {"least": "min_length"}),
    "too_long": (_ENTRIES_MOST, {"most": "max_length"}),
    "int_type": (_NUMBER, {}),
    "int_parsing": (_NUMBER, {}),
    "int_parsing_size": (_NUMBER, {}),
    "int_from_float": (_NUMBER, {}),
    "float_type": ("must be a number", {}),
    "float_parsing": ("must be a number", {}),
    "finite_number": ("must be a number", {}),
    "bool_type": ("must be true or false", {}),
    "bool_parsing": ("must be true or false", {}),
    "greater_than_equal": ("must be at least {least}", {"least": "ge"}),
    "less_than_equal": ("must be at most {most}", {"most": "le"}),
    "greater_than": ("must be above {least}", {"least": "gt"}),
    "less_than": ("must be below {most}", {"most": "lt"}),
    "multiple_of": ("must be a multiple of {step}", {"step": "multiple_of"}),
    "list_type": ("must be a list", {}),
    "tuple_type": ("must be a list", {}),
    "uuid_type": ("must be a UUID", {}),
    "uuid_parsing": ("must be a UUID", {}),
    "uuid_version": ("must be a UUID", {}),
    "model_type": ("must be an object", {}),
    "model_attributes_type": ("must be an object", {}),
    "literal_error": ("must be {choices}", {"choices": "expected"}),
    "enum": ("must be {choices}", {"choices": "expected"}),
}
_OTHER: tuple[str, Mapping[str, str]] = ("is not valid", {})
_CHOICE = re.compile(r"'([^']*)'")


def problems_of(error: ValidationError, place: str) -> Sequence[Problem]:
    """Every problem, the first of each field and entry; `place` names the whole of it.

    Nothing of pydantic's own texts gets through: a type of error that is not listed `is not valid`.
    """
    found: dict[tuple[int | str, ...], Problem] = {}
    for fault in error.errors(include_url=False):
        found.setdefault(fault["loc"], _problem(fault, place))
    return list(found.values())


def _problem(fault: Any, place: str) -> Problem:
    kind, given = fault["type"], fault["input"]
    if kind == "json_invalid":
        return Problem("body", NO_JSON)
    reason, parts = _REASONS.get(kind, _OTHER)
    values = {part: _value(fault["ctx"][name]) for part, name in parts.items()}
    if kind in ("string_too_short", "too_short") and values["least"] == 1:
        reason, values = "must not be empty", {}
    where = fault["loc"]
    field = ".".join(map(str, where)) or place
    item = next((part for part in where if isinstance(part, int)), None)
    # Only an entry of a list is quoted: a field may hold a secret.
    text = given if item is not None and isinstance(given, str) and given.strip() else None
    return Problem(field, reason, values, item, text)


def _value(given: object) -> object:
    """A number, or the choices out of pydantic's "'a', 'b' or 'c'"."""
    return _CHOICE.findall(given) if isinstance(given, str) else given
