"""The tasks that ask a language model: what they take up, what that costs, and when they end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY

from agents.contents.model import TRIES, ModelInspector, ModelPrices, ModelTasks, delay
from chatstream.domain.content.model import Question
from chatstream.domain.content.posts import ContentVerdict
from chatstream.domain.content.texts import Draft
from chatstream.errors import TransientFailure
from chatstream.ports.models import ModelAnswer, Spent, WaitingQuestion
from schemas import codec, records
from tests.client.waiting import eventually
from tests.fakes.producer import ProducerSpy

PRICES = ModelPrices(tokens_in=2_000_000, tokens_out=10_000_000)


def waiting(**more: Any) -> WaitingQuestion:
    its = {"content_id": str(uuid4()), "version": 2, "author_id": str(uuid4()), "tries": 1}
    return WaitingQuestion(**{**its, "draft": Draft(title="a", body="b"), **more})


class Told:
    """Questions that wait, a model that answers as it is told, and what came of both."""

    def __init__(self, *questions: WaitingQuestion) -> None:
        self.left = list(questions)
        self.kept: list[tuple[ContentVerdict, Spent]] = []
        self.failures: list[tuple[float, Spent]] = []
        self.asked: list[Question] = []
        self.is_away = False
        self.has_no_store = False

    async def take_up(self) -> WaitingQuestion | None:
        if self.has_no_store:
            raise TransientFailure("away")
        return self.left.pop(0) if self.left else None

    async def answered(
        self,
        question: WaitingQuestion,
        verdict: ContentVerdict,
        reasons: Sequence[str],
        spent: Spent,
    ) -> None:
        self.kept.append((verdict, spent))

    async def failed(self, question: WaitingQuestion, delay: float, spent: Spent) -> None:
        self.failures.append((delay, spent))

    async def waiting(self) -> tuple[int, float]:
        return len(self.left), 42.0 * len(self.left)

    async def ask(self, question: Question) -> ModelAnswer:
        self.asked.append(question)
        if self.is_away:
            raise TransientFailure("away")
        answer = {"case": question.case, "verdict": "accept", "reasons": []}
        return ModelAnswer(json.dumps(answer), 100, 3)


@pytest.fixture
def producer() -> ProducerSpy:
    return ProducerSpy()


def inspector(told: Told, producer: ProducerSpy) -> ModelInspector:
    app: Any = SimpleNamespace(producer=producer, conf=SimpleNamespace(topic_partitions=8))
    return ModelInspector(app, told, told, PRICES)


async def test_an_answer_is_kept_with_its_cost_and_then_told(producer: ProducerSpy) -> None:
    its = waiting()
    told = Told(its)
    assert await inspector(told, producer).step()
    assert told.kept == [(ContentVerdict.ACCEPTED, Spent(103, 230))]
    ((topic, key, value, _),) = producer.sent
    wish = codec.decode(topic, value)
    assert isinstance(wish, records.TellModelVerdict)
    assert (wish.content_id, wish.version, wish.verdict) == (its.content_id, 2, "accepted")
    assert (wish.account_id, key) == (its.author_id, its.content_id.encode())
    assert not await inspector(told, producer).step()


async def test_what_was_answered_before_is_told_once_more_and_not_asked(
    producer: ProducerSpy,
) -> None:
    its = waiting(verdict=ContentVerdict.REFUSED, reasons=("spam",))
    told = Told(its, its)
    await inspector(told, producer).step()
    await inspector(told, producer).step()
    assert told.asked == []
    first, second = (codec.decode(topic, value) for topic, _, value, _ in producer.sent)
    assert (first.request_id, first.reasons) == (second.request_id, ("spam",))


async def test_a_model_that_is_away_is_asked_twice_each_time_for_another_case(
    producer: ProducerSpy,
) -> None:
    told = Told(waiting(tries=3))
    told.is_away = True
    assert await inspector(told, producer).step()
    assert len({each.case for each in told.asked}) == TRIES
    ((seconds, spent),) = told.failures
    assert seconds == delay(3)
    assert spent.tokens > 0
    assert producer.sent == []


def test_waits_double_up_to_a_minute() -> None:
    assert [delay(tries) for tries in (0, 1, 2, 3, 6, 99)] == [2, 2, 4, 8, 60, 60]


def test_what_has_no_answer_costs_as_if_it_had_the_dearest() -> None:
    assert PRICES.at_most(1_000) == Spent(1_000, 10_000)
    assert ModelPrices(tokens_in=1, tokens_out=0).of(ModelAnswer("", 1, 1)) == Spent(2, 1)


async def test_tasks_go_on_after_an_outage_and_end_when_told(producer: ProducerSpy) -> None:
    told = Told(*(waiting() for _ in range(5)))
    told.has_no_store = True
    tasks = ModelTasks(inspector(told, producer), 2, 0.01)
    await tasks.start()

    async def measured() -> bool:
        age = REGISTRY.get_sample_value("chatstream_content_model_waiting_seconds")
        return age == 210.0

    await eventually(measured)
    assert told.kept == []
    told.has_no_store = False

    async def done() -> bool:
        return len(producer.sent) == 5

    await eventually(done)
    await tasks.stop()
    assert tasks.should_stop
