"""A language model is asked about versions that the rules have nothing against.

What waits is in rows: any worker takes up one question at a time, asks outside a transaction, keeps
the answer, and tells the inspection. A model that is away delays, and publishes nothing.
"""

from __future__ import annotations

import logging
import secrets
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from mode import Service
from prometheus_client import Counter, Gauge, Histogram

from chatstream.domain.content.model import question as question_of
from chatstream.domain.content.model import read_answer, tokens_of
from chatstream.domain.content.posts import ContentVerdict
from chatstream.domain.times import now_text
from chatstream.errors import TransientFailure
from chatstream.ports.models import (
    LanguageModel,
    ModelAnswer,
    ModelQuestions,
    Spent,
    WaitingQuestion,
)
from infra.faust.app import ChatStreamApp
from infra.kafka.keyed import outgoing
from infra.kafka.producer import Outgoing, send_all
from schemas import records
from schemas.contexts.contents import INSPECTION

log = logging.getLogger(__name__)

ASKED = Counter(
    "chatstream_content_model_answers",
    "what a language model said of posts; failed: it gave no answer",
    ["outcome"],
)
SECONDS = Histogram(
    "chatstream_content_model_seconds",
    "how long an answer of the language model took",
    buckets=(0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0),
)
WAITING = Gauge(
    "chatstream_content_model_waiting_seconds",
    "how long the oldest post has waited for the language model; 0: none waits",
)
FAILED = "failed"
TRIES = 2
"""How often a question is asked before it waits again."""


_FIRST_DELAY, _MOST_DELAY = 2.0, 60.0


def delay(tries: int) -> float:
    """Seconds until a question that was taken up so often in vain is asked again."""
    return min(_MOST_DELAY, _FIRST_DELAY * 2.0 ** min(max(tries, 1) - 1, 10))


@dataclass(frozen=True, kw_only=True)
class ModelPrices:
    """What a million tokens cost, in millionths of the budget's currency."""

    tokens_in: int
    tokens_out: int

    def of(self, answer: ModelAnswer) -> Spent:
        """What an answer took."""
        cost = answer.tokens_in * self.tokens_in + answer.tokens_out * self.tokens_out
        return Spent(answer.tokens_in + answer.tokens_out, -(-cost // 1_000_000))

    def at_most(self, tokens: int) -> Spent:
        """What a question without an answer may have taken."""
        dearest = max(self.tokens_in, self.tokens_out)
        return Spent(tokens, -(-tokens * dearest // 1_000_000))


class ModelInspector:
    """Asks about one version after the other; `step` is one of them."""

    def __init__(
        self,
        app: ChatStreamApp,
        model: LanguageModel,
        questions: ModelQuestions,
        prices: ModelPrices,
    ) -> None:
        self.app = app
        self._model = model
        self._questions = questions
        self._prices = prices

    async def step(self) -> bool:
        """Take up a question, if one is due, and bring it as far as it goes; False: none was.

        Raises TransientFailure when the store or the broker is away: the lease ends by itself.
        """
        found = await self._questions.take_up()
        if found is None:
            return False
        verdict, reasons = found.verdict, tuple(found.reasons)
        if verdict is None:
            answer = await self._asked(found)
            if answer is None:
                return True
            verdict, reasons = answer
        await send_all(self.app, [self._told(found, verdict, reasons)])
        return True

    async def _asked(self, found: WaitingQuestion) -> tuple[ContentVerdict, tuple[str, ...]] | None:
        """The verdict, kept; None when there is none yet."""
        for _ in range(TRIES):
            asked = question_of(found.draft, secrets.token_hex(8))
            began = time.perf_counter()
            try:
                answer = await self._model.ask(asked)
            except TransientFailure as error:
                log.warning("the language model gave no answer: %s", error)
                continue
            SECONDS.observe(time.perf_counter() - began)
            verdict, reasons = read_answer(found.draft, asked.case, answer.text)
            ASKED.labels(str(verdict)).inc()
            await self._questions.answered(found, verdict, reasons, self._prices.of(answer))
            return verdict, reasons
        ASKED.labels(FAILED).inc()
        spent = self._prices.at_most(TRIES * tokens_of(asked))
        await self._questions.failed(found, delay(found.tries), spent)
        return None

    def _told(
        self, found: WaitingQuestion, verdict: ContentVerdict, reasons: tuple[str, ...]
    ) -> Outgoing:
        said = f"model:{found.version}"
        kind: Any = str(verdict)
        wish = records.TellModelVerdict(
            request_id=str(uuid5(UUID(found.content_id), said)),
            account_id=found.author_id,
            content_id=found.content_id,
            version=found.version,
            verdict=kind,
            reasons=reasons,
            requested_at=now_text(),
        )
        return outgoing(INSPECTION.request, wish, self.app.conf.topic_partitions)

    async def measure(self) -> None:
        """Tell how long the oldest question has waited."""
        _, age = await self._questions.waiting()
        WAITING.set(age)


class ModelTasks(Service):
    """So many tasks of a worker that ask, and one that measures; each looks every `interval`."""

    def __init__(self, inspector: ModelInspector, tasks: int, interval: float) -> None:
        super().__init__()
        self._inspector = inspector
        self._askers = tasks
        self._interval = interval

    async def on_start(self) -> None:
        """Begin to ask."""
        for _ in range(self._askers):
            self.add_future(self._ask_on())
        self.add_future(self._measure_on())

    async def _ask_on(self) -> None:
        while not self.should_stop:
            try:
                has_asked = await self._inspector.step()
            except TransientFailure as error:
                log.warning("questions for the language model wait: %s", error)
                has_asked = False
            if not has_asked:
                await self.sleep(self._interval)

    async def _measure_on(self) -> None:
        while not self.should_stop:
            try:
                await self._inspector.measure()
            except TransientFailure as error:
                log.warning("questions for the language model are not counted: %s", error)
            await self.sleep(max(self._interval, 10.0))
