"""kakao.ops.*: what processes tell of themselves."""

from __future__ import annotations

from schemas.records.base import Record


class Heartbeat(Record, frozen=True, kw_only=True, tag="heartbeat"):
    """A process lives, and how it does; what it says holds for `holds` seconds.

    `instance` tells one start of a worker from the next. `state`: ready, unready or ended (its last
    word); `reasons` why it is not ready, by check; `away` are the stores for which its lanes wait;
    `counts` are metrics of its own, by their names.
    """

    worker: str
    service: str
    instance: str
    version: str
    state: str
    started_at: str
    at: str
    holds: float
    reasons: dict[str, str]
    away: tuple[str, ...]
    counts: dict[str, float]
