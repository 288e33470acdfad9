"""What differs between the search's documents and the messages in Postgres.

Ids and numbers only: what is told of a difference never holds a text or a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from chatstream.domain.documents import IndexedMessage, search_document


class MessagePlace(NamedTuple):
    """A message: its room and its number in it."""

    room_id: str
    seq: int


class MessageSlot(NamedTuple):
    """Messages that are counted together: of a room, a month (YYYY.MM) and some seqs in a row."""

    room_id: str
    month: str
    number: int


@dataclass(frozen=True, slots=True)
class DocumentTally:
    """How many, how many of them deleted, the sums of their newest facts' numbers and of the seqs.

    `newest` is the highest seq, for a sample; it does not count as a difference by itself.
    """

    count: int
    deleted: int
    revs: int
    seqs: int
    newest: int = 0

    def is_like(self, other: DocumentTally | None) -> bool:
        """Whether both count the same; Elasticsearch adds in doubles, so great sums are rounded."""
        if other is None or (self.count, self.deleted) != (other.count, other.deleted):
            return False
        pairs = (self.revs, other.revs), (self.seqs, other.seqs)
        return all(abs(one - two) <= max(one, two) * 2.0**-52 for one, two in pairs)


@dataclass(frozen=True, slots=True)
class PresentMessage:
    """A message in Postgres, which changed last at `changed` (seconds since 1970)."""

    message: IndexedMessage
    changed: float


@dataclass(frozen=True, slots=True)
class HeldDocument:
    """A document in the search; `index` is the one that holds it."""

    index: str
    body: Mapping[str, Any]


class Discrepancy(StrEnum):
    """How a document differs."""

    MISSING = "missing"
    EXTRA = "extra"
    OLDER = "older"
    NEWER = "newer"
    CONTENT = "content"
    NAMED = "named"


def judge(present: PresentMessage | None, held: HeldDocument | None) -> Discrepancy | None:
    """How the document differs from the message; None when it is right.

    `older` and `newer`: of another fact. `named`: it names an erased author. Names and words are
    not compared: a document has those of its time. Fields that an older program did not write may
    be missing.
    """
    if present is None:
        return None if held is None else Discrepancy.EXTRA
    if held is None:
        return Discrepancy.MISSING
    right = search_document(present.message).body
    revs = _rev(held.body), present.message.rev
    if revs[0] != revs[1]:
        return Discrepancy.OLDER if revs[0] < revs[1] else Discrepancy.NEWER
    if _shows_erased(present.message, held.body):
        return Discrepancy.NAMED
    return None if _compared(held.body, right) == _compared(right, right) else Discrepancy.CONTENT


def _rev(body: Mapping[str, Any]) -> int:
    return int(body.get("chatstream", {}).get("message", {}).get("rev", 0))


def _shows_erased(said: IndexedMessage, body: Mapping[str, Any]) -> bool:
    return said.is_erased and not {"name", "full_name"}.isdisjoint(body.get("user", {}))


def _compared(body: Mapping[str, Any], right: Mapping[str, Any]) -> list[object]:
    room, message = (body.get("chatstream", {}).get(each, {}) for each in ("room", "message"))
    own = right["chatstream"]["room"]
    return [
        body.get("@timestamp"),
        body.get("message"),
        body.get("folded"),
        body.get("user", {}).get("id"),
        room.get("id"),
        room.get("kind", own.get("kind")),
        message.get("seq"),
        message.get("id"),
    ]
