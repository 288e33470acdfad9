"""Inspections of what people publish: who judges, the write side, and the operators' queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from chatstream.domain.content.posts import ContentVerdict
from chatstream.domain.content.texts import Draft
from chatstream.domain.lines import Identity
from chatstream.ports.contents import VersionOfContent

# -- judging -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an inspector says, and for which rules.

    `gist` is equal for texts that say the same; empty: nobody compares it with others.
    """

    verdict: ContentVerdict
    reasons: tuple[str, ...] = ()
    gist: str = ""


class Inspector(Protocol):
    """Whoever judges a text by itself."""

    async def judge(self, draft: Draft) -> Judgement:
        """The judgement; raises TransientFailure while the inspector cannot judge."""
        ...


# -- writing -------------------------------------------------------------------------------------


class InspectionAct(Enum):
    """What is asked of an inspection."""

    INSPECT = "inspect"
    MODEL = "model"
    REVIEW = "review"
    APPEAL = "appeal"


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionWish:
    """What is asked of the inspection of a version.

    INSPECT, MODEL and REVIEW have a judgement: of the rules, the model, the operator; `text` are
    the words of an operator or of an author who appeals. `asks_model`: what the rules accept waits
    for a model.
    """

    partition: int
    request_id: str
    account_id: str
    content_id: str
    version: int
    act: InspectionAct
    judgement: Judgement | None = None
    text: str = ""
    asks_model: bool = False

    @property
    def identity(self) -> Identity:
        """By what a repeat is known."""
        return (self.request_id,)


@dataclass(frozen=True, slots=True)
class InspectionAnswer:
    """A RESPONSE record's bytes for the wish with index `wish`; no fact number: no change."""

    wish: int
    fact_no: int | None
    body: bytes


class InspectionStore(Protocol):
    """The write side of inspections."""

    async def carry_out(
        self, generation: int | None, wishes: Sequence[InspectionWish]
    ) -> Sequence[InspectionAnswer]:
        """Carry out the wishes in order, in one transaction; facts first, by number.

        Raises like MessageStore.carry_out.
        """
        ...


# -- reading -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """A version in the operators' queue, beside the one that everybody sees (None: no one does)."""

    content_id: str
    author_id: str | None
    user_id: str | None
    user_name: str | None
    state: str
    since: datetime
    judge: str | None
    text: str
    inspected: VersionOfContent
    published: VersionOfContent | None


class InspectionReader(Protocol):
    """The read side for operators."""

    async def inspections(
        self, *, state: str, cursor: str | None, limit: int
    ) -> tuple[Sequence[Inspection], str | None]:
        """Inspections in a state, the longest in it first, without deleted posts; the next cursor.

        INVALID_INPUT for a wrong cursor.
        """
        ...

    async def inspection(self, content_id: str, version: int) -> Inspection | None:
        """One of them; None where there is none, or the post is deleted."""
        ...
