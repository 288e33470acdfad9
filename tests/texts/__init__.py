"""Tables of texts that the Python rules and the pages' JavaScript must read alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def cases(name: str) -> list[Any]:
    """The rows of `tests/texts/{name}.json`: what it is about, the text, what is found in it."""
    rows: list[Any] = json.loads((Path(__file__).parent / f"{name}.json").read_text())
    return rows
