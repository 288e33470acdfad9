"""kakao.log.look: what operators looked at."""

from __future__ import annotations

import msgspec

from schemas.records.base import EventRecord, Uuid


class OperatorLooked(EventRecord, frozen=True, kw_only=True, tag="operatorLooked"):
    """An operator asked to see records or documents of others; it came before they were shown.

    `filters` are what was asked for, by name. A text that was searched for is not among them, and
    a person is the account's id.
    """

    account_id: Uuid
    page: str
    filters: dict[str, str] = msgspec.field(default_factory=dict)


LookEvent = OperatorLooked
