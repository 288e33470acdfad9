"""What may still be found of an erased account, and what may not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

_REPORTS = "reporting."


class Store(StrEnum):
    """Where something was found."""

    POSTGRES = "postgres"
    ELASTICSEARCH = "elasticsearch"
    KAFKA = "kafka"


class Needle(StrEnum):
    """What was looked for."""

    ACCOUNT = "account id"
    HANDLE = "handle"


@dataclass(frozen=True, slots=True)
class Trace:
    """`count` rows, documents or records of a place show the needle."""

    store: Store
    place: str
    needle: Needle
    count: int


def is_allowed(trace: Trace) -> bool:
    """Whether the receipt allows it.

    The account's id stays: in its tombstones, at what it wrote, and in the facts that counts and
    orders rest on; in lines of logs that came after the erasure, as long as these are kept. Its
    handle is nowhere but in Kafka's records, which their retention drops. Reports have neither.
    """
    if trace.store is Store.POSTGRES and trace.place.startswith(_REPORTS):
        return False
    return trace.needle is Needle.ACCOUNT or trace.store is Store.KAFKA
