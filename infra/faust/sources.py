"""The source text of what is installed, by qualified name, and its hash."""

from __future__ import annotations

import hashlib
import importlib
import inspect
from typing import Any


def resolve(name: str) -> Any:
    """The object of a dotted name, a class's own definition of it where it is a member.

    Raises LookupError when there is none: an upgrade has renamed or removed it.
    """
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            if part not in vars(found):
                raise LookupError(f"{name}: {part} is not defined in {found.__name__}")
            found = vars(found)[part]
        return found
    raise LookupError(f"{name}: no such module")


def source_of(name: str) -> str:
    """The source of a class, function, property or class attribute (then: its value)."""
    found = resolve(name)
    if inspect.isclass(found) or inspect.isfunction(found):
        return inspect.getsource(found)
    # Properties and mode's tasks hold the function; a plain value is its own source.
    held = [getattr(found, part) for part in ("fget", "fun", "__func__") if hasattr(found, part)]
    held += [each for each in getattr(found, "__dict__", {}).values() if inspect.isfunction(each)]
    return inspect.getsource(held[0]) if held else repr(found)


def fingerprint(name: str) -> str:
    """The first 16 hex digits of the SHA-256 of `source_of(name)`."""
    return hashlib.sha256(source_of(name).encode()).hexdigest()[:16]
