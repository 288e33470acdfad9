"""What change data capture may take out of the databases: the allow-list.

Nothing else is published by Postgres: a column that is not here never leaves it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from schemas.databases import AUTH, CHAT, Lineage


class Forgets(StrEnum):
    """What becomes of a row when the account of its `account_id` is erased."""

    ROW = "row"
    ACCOUNT = "account"


@dataclass(frozen=True)
class Captured:
    """A table of a lineage: its key, and each allowed column with the reason for it.

    `forgets` None: its rows name no account.
    """

    lineage: Lineage
    table: str
    key: tuple[str, ...]
    columns: Mapping[str, str]
    forgets: Forgets | None = None

    @property
    def topic(self) -> str:
        """Where its changes are told."""
        return f"kakao.cdc.{self.table}.EVENT"


CAPTURED: tuple[Captured, ...] = (
    Captured(
        AUTH,
        "accounts",
        ("account_id",),
        {
            "account_id": "whom the other rows mean; goes with the account",
            "created_at": "signups by day",
            "erased_at": "that the account is to be forgotten here too",
        },
        Forgets.ROW,
    ),
    Captured(
        CHAT,
        "rooms",
        ("room_id",),
        {
            "room_id": "which room the other rows mean",
            "kind": "open, group or direct",
            "created_at": "rooms by day",
            "deleted_at": "that it is closed",
            "member_count": "how large rooms are",
        },
    ),
    Captured(
        CHAT,
        "members",
        ("room_id", "account_id"),
        {
            "room_id": "of which room",
            "account_id": "who is in it; goes with the account",
            "joined_at": "since when",
        },
        Forgets.ROW,
    ),
    Captured(
        CHAT,
        "messages",
        ("room_id", "seq"),
        {
            "room_id": "in which room",
            "seq": "which of the room's messages",
            "account_id": "how many people write; goes with the account",
            "created_at": "messages by day",
            "deleted_at": "that it was taken back",
        },
        Forgets.ACCOUNT,
    ),
)
"""The tables, each once."""

LINEAGES: tuple[Lineage, ...] = tuple(dict.fromkeys(each.lineage for each in CAPTURED))
"""The lineages that are captured; each of their databases has a connector of its own."""


def of_lineage(name: str) -> tuple[Captured, ...]:
    """The captured tables of a lineage."""
    return tuple(each for each in CAPTURED if each.lineage.name == name)


BY_TOPIC: dict[str, Captured] = {each.topic: each for each in CAPTURED}
"""The table that a topic tells of."""
