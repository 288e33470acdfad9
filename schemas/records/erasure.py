"""kakao.<service>.erasure: the steps of leaving for good."""

from __future__ import annotations

from schemas.records.base import Record


class EraseStep(Record, frozen=True, kw_only=True):
    """A saga asks a context for its part, for the `attempt`-th time.

    `upto`: end offsets by topic, in the order of the partitions, that must have been read first.
    """

    saga_id: str
    account_id: str
    step: str
    attempt: int
    upto: dict[str, tuple[int, ...]]
    at: str


class StepReported(Record, frozen=True, kw_only=True):
    """What an attempt did: `erased` counts by kind; `problem` says why it is not `done`."""

    saga_id: str
    account_id: str
    step: str
    attempt: int
    done: bool
    problem: str
    erased: dict[str, int]
    at: str


class EraseInFriend(EraseStep, frozen=True, kw_only=True, tag="eraseInFriend"):
    """The friend service's step: the account's ties, and its handle in the facts."""


class EraseInChat(EraseStep, frozen=True, kw_only=True, tag="eraseInChat"):
    """The chat service's step: leave every room, keep nothing of the account's own."""


class EraseInStats(EraseStep, frozen=True, kw_only=True, tag="eraseInStats"):
    """The stats service's step: have read everything from before."""


class EraseInLog(EraseStep, frozen=True, kw_only=True, tag="eraseInLog"):
    """The log service's step: have read everything from before, then take the names out."""


class ErasedInFriend(StepReported, frozen=True, kw_only=True, tag="erasedInFriend"):
    """What the friend service did."""


class ErasedInChat(StepReported, frozen=True, kw_only=True, tag="erasedInChat"):
    """What the chat service did."""


class ErasedInStats(StepReported, frozen=True, kw_only=True, tag="erasedInStats"):
    """What the stats service did."""


class ErasedInLog(StepReported, frozen=True, kw_only=True, tag="erasedInLog"):
    """What the log service did."""
