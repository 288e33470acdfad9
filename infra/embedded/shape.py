"""What a stack consists of, as one value: for its start, and for those who attach to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class StackShape:
    """What is the same for a stack from its start to its end.

    Processes by service (one where nothing is said), settings that go to every service and to the
    commands that create databases and topics, the number of brokers, whether the gateway speaks
    TLS, and whether quiet services share a program.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    extra_env: Mapping[str, str] = field(default_factory=dict)
    brokers: int = 1
    tls: bool = False
    is_together: bool = False


PLAIN = StackShape()
"""One process of each service, one broker, HTTP."""
