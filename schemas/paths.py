"""Paths of the HTTP interface, as the gateway has to know them."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.services import Service


@dataclass(frozen=True)
class OperatorPage:
    """A page that operators are led to: one of the paths, which may have a fragment.

    `text` is the key of its name in `web/locale/`.
    """

    path: str
    text: str


@dataclass(frozen=True)
class MemberPage:
    """A page that everybody is led to from their own menu: as an OperatorPage."""

    path: str
    text: str


@dataclass(frozen=True)
class Paths:
    """Templates such as `/chat/{roomId}`, and the pool of fronts that serves them.

    `{file}` is the rest of a path, with its slashes. `is_endless`: the answer does not end, so
    nothing of it waits in the gateway (no parameters). `drops_slash`: a slash at the end of what
    lies at or below the first template is taken off on the way.
    """

    pool: Service
    templates: tuple[str, ...]
    is_endless: bool = False
    drops_slash: bool = False
