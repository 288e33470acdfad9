"""The fact line: the order of all accepted changes of one (RESPONSE topic, partition).

Numbers begin at 1 and are dense. A consumer keeps a cursor, the last number it applied; Kafka
offsets cannot play that part, because after a crash the same fact is produced again at a new
offset.
"""

from __future__ import annotations

from enum import Enum


class Step(Enum):
    """What a consumer does with a fact."""

    APPLY = "apply"
    REPEAT = "repeat"
    GAP = "gap"


def step(cursor: int, fact_no: int) -> Step:
    """APPLY the next number, ignore a REPEAT; a GAP is read from Postgres before going on."""
    if fact_no <= cursor:
        return Step.REPEAT
    return Step.APPLY if fact_no == cursor + 1 else Step.GAP
