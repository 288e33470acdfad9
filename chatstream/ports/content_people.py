"""People as what they publish is shown under their names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Author:
    """An account that may publish, as it is called now."""

    account_id: str
    user_id: str
    name: str


class AuthorReader(Protocol):
    """Finds authors in the copy of the accounts beside the posts."""

    async def author(self, user_id: str) -> Author | None:
        """Who has this handle; None when nobody has it."""
        ...
