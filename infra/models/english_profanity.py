"""A small model for English that says whether a text is offensive, where it is installed."""

from __future__ import annotations

import importlib
from typing import Any

from chatstream.errors import ConfigurationError

PACKAGE = "alt-profanity-check"


class EnglishProfanity:
    """agents.contents.inspecting.SecondOpinion by alt-profanity-check.

    Raises ConfigurationError, with the fix, when the package is not there.
    """

    def __init__(self) -> None:
        try:
            self._check: Any = importlib.import_module("profanity_check")
        except ImportError as error:
            raise ConfigurationError(
                f"CHATSTREAM_CONTENT__SECOND_OPINION: {PACKAGE} is not installed ({error.name});"
                f" pip install {PACKAGE}, or set it to false"
            ) from error

    def __call__(self, text: str) -> bool:
        """Whether a line of it is offensive: a long text would make little of one."""
        lines = [line for line in text.splitlines() if line.strip()]
        return bool(lines) and bool(self._check.predict(lines).any())
