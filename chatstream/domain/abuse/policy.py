"""The limits and lists by which abuse is judged: an argument of every rule, for they change."""

from __future__ import annotations

from dataclasses import dataclass

from chatstream.domain.abuse import words


@dataclass(frozen=True, slots=True)
class WordLists:
    """Listed words, written as `chatstream.domain.abuse.words` says."""

    masked: tuple[str, ...] = words.MASKED
    refused: tuple[str, ...] = words.REFUSED
    allowed: tuple[str, ...] = words.ALLOWED
