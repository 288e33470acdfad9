"""The routes of the fronts: which pool serves them, and how the access log names what was asked.

A path holds what nobody else may read: words that people look up, handles, and a token where a
client put it there by mistake. So the log has the template that a path fits, or `other`, never the
path as it was sent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from schemas.catalogue import CONTEXTS
from schemas.services import Service

_PATHS = tuple(paths for context in CONTEXTS for paths in context.paths)
ROUTES: Sequence[str] = sorted(template for paths in _PATHS for template in paths.templates)
"""Every route of the fronts. One that no context names is logged as `other`."""
ENDLESS = sorted(path for paths in _PATHS if paths.is_endless for path in paths.templates)
"""Those whose answers do not end."""

OTHER = "other"
FILE = "{file}"
"""The rest of the path, with its slashes."""


def patterns(routes: Sequence[str] = ROUTES) -> list[tuple[str, str]]:
    """(regular expression over a request's target, template) for each route, in nginx' order.

    The first that fits counts: the fewer parameters, the earlier.
    """
    return [(_pattern(route), route) for route in sorted(routes, key=lambda each: each.count("{"))]


def _pattern(route: str) -> str:
    parts = [_part(part) for part in re.split(r"(\{\w+\})", route) if part]
    return f"^{''.join(parts).rstrip('/')}/?(?:\\?|$)"


def _part(part: str) -> str:
    if part == FILE:
        return r"[^?]+"
    return r"[^/?]+" if part.startswith("{") else re.escape(part)


@dataclass(frozen=True, slots=True)
class Root:
    """A path that a pool serves, with all below it unless it `is_alone`."""

    path: str
    is_alone: bool
    drops_slash: bool


def roots(pool: Service) -> list[Root]:
    """The fewest paths of a pool that have all its others below them, by name."""
    groups = [paths for paths in _PATHS if paths.pool == pool]
    literals = {_literal(template) for paths in groups for template in paths.templates}
    without_slash = {paths.templates[0] for paths in groups if paths.drops_slash}

    def below(path: str) -> list[str]:
        return [each for each in literals if each.startswith(f"{path}/")]

    covered = {each for path in literals for each in below(path)}
    with_parameter = {_literal(each) for paths in groups for each in paths.templates if "{" in each}
    return [
        Root(path, not below(path) and path not in with_parameter, path in without_slash)
        for path in sorted(literals - covered)
    ]


def _literal(template: str) -> str:
    """What stands before the first parameter."""
    return template.partition("{")[0].rstrip("/")
