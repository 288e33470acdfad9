"""What a rule says of a wish: one answer for every context."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from chatstream.errors import ErrorCode

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Accept(Generic[T]):
    """The wish comes true by these changes, in this order: a fact each."""

    changes: tuple[T, ...]


@dataclass(frozen=True, slots=True)
class Unchanged:
    """Nothing changes because it is so already; the asker is answered as after success."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Nothing changes; whoever asked is told the code, the reason, and whose handles it is about.

    `user_ids` are of those that the wish named itself.
    """

    code: ErrorCode
    reason: str = ""
    user_ids: tuple[str, ...] = ()


Decision = Accept[T] | Unchanged | Refuse
