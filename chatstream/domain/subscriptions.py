"""What a subscriber of a room has had and what it gets next: every seq once, in order.

A change of a message it has had (an edit, a delete) is due when its `rev` is newer than what the
subscriber's messages were read at.

The invariant: after every item, let R be the highest rev sent. Of the messages sent, each whose
latest fact is not above R was sent as that fact left it. So a client that is cut off anywhere may
go on with its last seq and R, and is told all that it lacks.

It follows that a message is not due as a live record brings it when the subscriber has changes
above that record's rev: a change of that very message may be among them, passed over because the
message had not been sent. It is read from the store as it is now.

Live records may repeat, come late, and skip what the tail never saw. A subscription begins muted:
what comes live is held while the missing messages are read, and released after them.
"""

from __future__ import annotations

from enum import Enum
from typing import Generic, TypeVar

Item = TypeVar("Item")

_CLOSED = 1 << 62  # beyond every seq


class Take(Enum):
    """What to do with a live record: SEND it, forget it (DROP), or first read the GAP before it."""

    SEND = "send"
    DROP = "drop"
    GAP = "gap"


_SEND, _DROP, _GAP = Take  # looking up a member of an enum costs as much as a call


class Cursor(Generic[Item]):
    """The place of one subscriber in its room.

    `delivered` is the last seq it was sent; `revised` the rev up to which it has every change of
    the messages up to there, and never below a change it was sent.
    """

    __slots__ = ("delivered", "held", "revised")

    def __init__(self, delivered: int = 0) -> None:
        self.delivered = delivered
        self.revised = 0
        self.held: list[tuple[int, int, bool, Item]] | None = []  # seq, rev, is a change, item

    @property
    def muted(self) -> bool:
        """True until the first `release` without a gap."""
        return self.held is not None

    @property
    def closed(self) -> bool:
        """True after `close`: nothing is due to it any more."""
        return self.delivered == _CLOSED

    def take(self, seq: int, rev: int, item: Item) -> Take:
        """Decide on a live message, and count it as delivered when the answer is SEND.

        A GAP means that it must be read, it or one before it. While muted it is held and the
        answer is DROP.
        """
        delivered = self.delivered
        if seq <= delivered:
            return _DROP
        if self.held is not None:
            self.held.append((seq, rev, False, item))
            return _DROP
        if seq != delivered + 1 or rev <= self.revised:
            return _GAP
        self.delivered = seq
        return _SEND

    def notice(self, item: Item) -> bool:
        """True when something without a seq is due now; while muted it is held."""
        if self.delivered == _CLOSED:
            return False
        if self.held is not None:
            self.held.append((0, 0, False, item))
            return False
        return True

    def revise(self, seq: int, rev: int, item: Item) -> Take:
        """Decide on a change of the message `seq`, and count it when the answer is SEND.

        A GAP means that the message itself has not been sent yet. While muted the change is held
        and the answer is DROP.
        """
        if self.delivered == _CLOSED or rev <= self.revised:
            return _DROP
        if self.held is not None:
            self.held.append((seq, rev, True, item))
            return _DROP
        if seq > self.delivered:
            return _GAP
        self.revised = rev
        return _SEND

    def advance(self, seq: int) -> bool:
        """True when a message read from the store is due now; counts it as delivered.

        The reader gives messages in ascending order and without gaps.
        """
        if seq <= self.delivered:
            return False
        self.delivered = seq
        return True

    def release(self) -> tuple[list[Item], bool]:
        """What was held and is due now, in order, and whether a gap stopped the release.

        Without a gap the subscriber is live from here on. With one it stays muted; the caller
        reads what is missing after `delivered` and releases again.
        """
        due: list[Item] = []
        held, self.held = self.held or [], None
        for index, (seq, rev, is_change, item) in enumerate(held):
            if is_change:
                take = self.revise(seq, rev, item)
            else:
                take = self.take(seq, rev, item) if seq else _SEND
            if take is _GAP:
                self.held = held[index:]
                return due, True
            if take is _SEND:
                due.append(item)
        return due, False

    def close(self) -> None:
        """Nothing is due any more, whatever comes."""
        self.delivered = _CLOSED
        self.held = None
