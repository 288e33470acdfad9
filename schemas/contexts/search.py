"""Search: the front's own questions to what the log keeps."""

from __future__ import annotations

from schemas.context import Context
from schemas.paths import Paths
from schemas.services import FRONT

CONTEXT = Context(
    name="search",
    service=FRONT,
    paths=(Paths(FRONT, ("/search", "/search/messages")),),
)
