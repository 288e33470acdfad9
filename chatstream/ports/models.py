"""A language model that is asked about posts, and the questions that wait for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from chatstream.domain.content.model import Question
from chatstream.domain.content.posts import ContentVerdict
from chatstream.domain.content.texts import Draft


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """What a model said, and how many tokens it was given and gave."""

    text: str
    tokens_in: int
    tokens_out: int


class LanguageModel(Protocol):
    """Any model that answers a question in a bounded time."""

    async def ask(self, question: Question) -> ModelAnswer:
        """Its answer; raises TransientFailure when there is none in time."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingQuestion:
    """A version that waits for the model; it is ours until the lease ends.

    `verdict` is there when the model has answered already, and the inspection does not know yet.
    """

    content_id: str
    version: int
    author_id: str
    draft: Draft
    tries: int
    verdict: ContentVerdict | None = None
    reasons: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Spent:
    """What a question took, in tokens and in millionths of the budget's currency."""

    tokens: int
    cost: int


class ModelQuestions(Protocol):
    """The questions in rows, which any worker takes up, one each at a time."""

    async def take_up(self) -> WaitingQuestion | None:
        """The one that has waited longest, ours for some seconds.

        None while none is due, the breaker is open, or the day's budget is spent.
        """
        ...

    async def answered(
        self,
        question: WaitingQuestion,
        verdict: ContentVerdict,
        reasons: Sequence[str],
        spent: Spent,
    ) -> None:
        """Keep the answer until the inspection has it, and what it took; the breaker is shut."""
        ...

    async def failed(self, question: WaitingQuestion, delay: float, spent: Spent) -> None:
        """Ask again after some seconds; several failures in a row open the breaker."""
        ...

    async def waiting(self) -> tuple[int, float]:
        """How many wait, and for how many seconds the oldest of them has."""
        ...
