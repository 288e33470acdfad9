"""What contexts say of refusals in their own words: each module here has the `WORDS` of one.

They are found by lying here, so that a context brings its texts and changes nobody's list.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TypeVar

from web.wording.texts import Wording

K = TypeVar("K")
V = TypeVar("V")


@cache
def all_words() -> tuple[Wording, ...]:
    """Those of every module here, by its name."""
    names = sorted(each.name for each in iter_modules(__path__) if each.name != "texts")
    return tuple(import_module(f"{__name__}.{name}").WORDS for name in names)


def together(*parts: Mapping[K, V]) -> Mapping[K, V]:
    """All of the parts; ValueError for what two of them have."""
    found: dict[K, V] = {}
    for part in parts:
        if twice := sorted(map(str, found.keys() & part.keys())):
            raise ValueError(f"{', '.join(twice)}: two places say it; leave one")
        found |= part
    return found
