"""The sanction agent's sink, and the copy of the mutes in the chat databases."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from agents.copies.mutes import MuteSink, mute_of
from agents.sanctions import SanctionSink
from chatstream.errors import PoisonMessage
from schemas import records
from schemas.contexts.conduct import SANCTION
from tests.fakes.producing import Producer, app_over, event_of
from tests.fakes.sanctions import AT, LATER, FakeMutes, FakeSanctions

REQUEST, RESPONSE = SANCTION.request.name, SANCTION.response.name
ACCOUNT, OPERATOR = str(uuid4()), str(uuid4())


def impose(**changes: Any) -> records.ImposeSanction:
    values: dict[str, Any] = {
        "request_id": str(uuid4()),
        "account_id": ACCOUNT,
        "room_id": None,
        "reason": "repeat",
        "detail": "more than 3 repeats in 60 s; 6 points",
        "since": AT,
        "until": LATER,
    }
    return records.ImposeSanction(**(values | changes))


def lift(sanction_id: str, **changes: Any) -> records.LiftSanction:
    values = {
        "request_id": str(uuid4()),
        "account_id": ACCOUNT,
        "sanction_id": sanction_id,
        "lifted_by": OPERATOR,
    }
    return records.LiftSanction(**(values | changes))


def event(record: records.ImposeSanction | records.LiftSanction) -> Any:
    return event_of(REQUEST, record, record.account_id)


@pytest.fixture
def producer() -> Producer:
    return Producer()


@pytest.fixture
def sink(producer: Producer) -> SanctionSink:
    return SanctionSink(app_over(producer), {"auth": FakeSanctions()})


async def test_a_mute_and_its_end_are_facts(sink: SanctionSink, producer: Producer) -> None:
    wish = impose()
    end = lift(wish.request_id)
    await sink.process("auth", [event(wish), event(end)])
    imposed, lifted = producer.told(RESPONSE)
    assert (imposed.sanction_id, imposed.until, imposed.fact_no) == (wish.request_id, LATER, 1)
    assert (lifted.request_id, lifted.sanction_id, lifted.fact_no) == (
        end.request_id,
        wish.request_id,
        2,
    )
    assert lifted.lifted_by == OPERATOR


async def test_a_repeat_gets_the_same_fact(sink: SanctionSink, producer: Producer) -> None:
    wish = impose()
    await sink.process("auth", [event(wish)])
    await sink.process("auth", [event(wish)])
    first, second = producer.told(RESPONSE)
    assert first == second


async def test_lifting_what_was_lifted_answers_whoever_asks(
    sink: SanctionSink, producer: Producer
) -> None:
    wish = impose()
    first, second = lift(wish.request_id), lift(wish.request_id)
    await sink.process("auth", [event(wish), event(first), event(second)])
    answers = {one.request_id: one for one in producer.told(RESPONSE)}
    assert answers[second.request_id].fact_no == answers[first.request_id].fact_no == 2


async def test_a_sanction_that_is_not_the_accounts_is_not_found(
    sink: SanctionSink, producer: Producer
) -> None:
    end = lift(str(uuid4()))
    await sink.process("auth", [event(end)])
    (refused,) = producer.told(RESPONSE)
    assert (refused.request_id, refused.code) == (end.request_id, "NOT_FOUND")


@pytest.mark.parametrize(
    "wish",
    [
        impose(room_id="x"),
        impose(request_id="x"),
        lift("x"),
        lift(str(uuid4()), lifted_by="x"),
    ],
)
async def test_a_wish_with_an_id_that_is_none_is_poison_and_nobody_is_answered(
    sink: SanctionSink, producer: Producer, wish: Any
) -> None:
    with pytest.raises(PoisonMessage, match=r"Id|liftedBy"):
        await sink.process("auth", [event(wish)])
    await sink.reject(event(wish), "why")
    assert [topic for topic, *_ in producer.sent] == [SANCTION.dlq.name]


async def test_a_wish_that_can_never_be_carried_out_is_poison_and_whoever_waits_is_told(
    sink: SanctionSink, producer: Producer
) -> None:
    wish = impose(until="tomorrow")
    with pytest.raises(PoisonMessage):
        await sink.process("auth", [event(wish)])
    await sink.reject(event(wish), "why")
    assert producer.sent[0][0] == SANCTION.dlq.name
    assert producer.told(RESPONSE)[0].code == "INVALID_INPUT"


async def test_every_chat_database_gets_the_mute_and_its_end(
    sink: SanctionSink, producer: Producer
) -> None:
    wish = impose(room_id=str(uuid4()))
    await sink.process("auth", [event(wish), event(lift(wish.request_id))])
    stores = {"chat0": FakeMutes(), "chat1": FakeMutes()}
    facts = producer.told(RESPONSE)
    await MuteSink(app_over(producer), stores).process(
        "mutes", [event_of(RESPONSE, fact, ACCOUNT) for fact in facts]
    )
    for store in stores.values():
        imposed, lifted = store.kept
        assert (imposed.sanction_id, imposed.room_id) == (wish.request_id, wish.room_id)
        assert (imposed.until, lifted.until) == (LATER, AT)
        assert imposed.forget_at == lifted.forget_at == LATER
        assert imposed.fact_no < lifted.fact_no


def test_a_refusal_mutes_nobody() -> None:
    refused = records.SanctionRefused(
        request_id="r", account_id=ACCOUNT, code="NOT_FOUND", reason="", at=AT
    )
    assert mute_of(refused) is None
