"""The account agent's sink: what it takes, stores and tells."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from agents.accounts import AccountSink
from chatstream.domain.lines import in_turn
from chatstream.domain.partitions import partition_of
from chatstream.errors import ErrorCode, PoisonMessage
from chatstream.ports.accounts import AccountOutcome, AccountWish, ProfileWish
from chatstream.ports.erasure import ErasureWish
from schemas import codec, records
from schemas.contexts.accounts import ACCOUNT
from tests.fakes import events
from tests.fakes.producer import ProducerSpy

REQUEST, RESPONSE = ACCOUNT.request.name, ACCOUNT.response.name
PARTITIONS = 8
AT = "2026-11-21T00:00:00.000Z"
NOBODY = str(uuid4())


class StoreSpy:
    """Accepts every handle but `taken` and every name but `gone`; answers refusals last."""

    def __init__(self) -> None:
        self.wishes: list[AccountWish] = []
        self.changes: list[ProfileWish] = []
        self.carried_out: list[type[object]] = []

    async def carry_out(
        self,
        generation: int | None,
        wishes: Sequence[AccountWish | ProfileWish] | Sequence[ErasureWish],
    ) -> Sequence[AccountOutcome]:
        self.carried_out += map(type, wishes)
        turns = (
            (AccountWish, self.create),
            (ProfileWish, self.change),
            (ErasureWish, self.erase),
        )
        return await in_turn(generation, wishes, turns)

    async def create(
        self, generation: int | None, wishes: Sequence[AccountWish]
    ) -> Sequence[AccountOutcome]:
        self.wishes.extend(wishes)
        taken = [n for n, wish in enumerate(wishes) if wish.user_id == "taken"]
        return [
            AccountOutcome(n, None, n + 1, wish.user_id, wish.name, at=AT)
            for n, wish in enumerate(wishes)
            if n not in taken
        ] + [AccountOutcome(n, ErrorCode.USER_EXISTS) for n in taken]

    async def change(
        self, generation: int | None, wishes: Sequence[ProfileWish]
    ) -> Sequence[AccountOutcome]:
        self.changes.extend(wishes)
        special = {"gone": ErrorCode.NOT_AUTHENTICATED, "same": None}
        return [
            AccountOutcome(n, None, 1, "minsu", wish.name, at=AT)
            for n, wish in enumerate(wishes)
            if wish.name not in special
        ] + [
            AccountOutcome(n, special[wish.name])
            for n, wish in enumerate(wishes)
            if wish.name in special
        ]

    async def erase(
        self, generation: int | None, wishes: Sequence[ErasureWish]
    ) -> Sequence[AccountOutcome]:
        return [
            AccountOutcome(n, ErrorCode.NOT_AUTHENTICATED)
            if wish.account_id == NOBODY
            else AccountOutcome(n, fact_no=n + 1, saga_id=wish.saga_id, at=AT)
            for n, wish in enumerate(wishes)
        ]


class OpenerSpy:
    def open(self, account_id: str, sealed: str) -> str:
        if sealed == "forged":
            raise PoisonMessage("the sealed secret cannot be opened")
        return f"hash {sealed}"


def account() -> str:
    """An id whose facts are in the one partition in which this file looks for their order."""
    ids = (str(uuid4()) for _ in count())
    return next(each for each in ids if partition_of(each, PARTITIONS) == 3)


def signup(**changes: Any) -> records.CreateAccount:
    values: dict[str, Any] = {
        "request_id": str(uuid4()),
        "account_id": account(),
        "user_id": "minsu",
        "name": "민수",
        "sealed_hash": "sealed",
        "requested_at": "2026-11-21T00:00:00.000Z",
    }
    return records.CreateAccount(**(values | changes))


def change(name: str, **changes: Any) -> records.ChangeProfile:
    values: dict[str, Any] = {
        "request_id": str(uuid4()),
        "account_id": account(),
        "user_id": "minsu",
        "name": name,
        "requested_at": "2026-11-21T00:00:00.000Z",
    }
    return records.ChangeProfile(**(values | changes))


def event(value: bytes, partition: int = 0) -> Any:
    return events.event(REQUEST, value, partition)


def event_of(wish: records.AccountRequest) -> Any:
    return event(records.encode(wish), partition_of(wish.account_id, PARTITIONS))


@pytest.fixture
def producer() -> ProducerSpy:
    return ProducerSpy()


@pytest.fixture
def store() -> StoreSpy:
    return StoreSpy()


@pytest.fixture
def sink(producer: ProducerSpy, store: StoreSpy) -> AccountSink:
    app: Any = SimpleNamespace(producer=producer, conf=SimpleNamespace(topic_partitions=PARTITIONS))
    return AccountSink(app, store, store, OpenerSpy())


async def test_each_signup_is_answered_in_its_accounts_partition(
    sink: AccountSink, producer: ProducerSpy, store: StoreSpy
) -> None:
    wishes = [signup(), signup(user_id="taken"), signup(user_id="jieun")]
    await sink.process("auth", [event_of(wish) for wish in wishes])
    assert [one.password_hash for one in store.wishes] == ["hash sealed"] * 3
    answers = [codec.decode(topic, value) for topic, _, value, _ in producer.sent]
    assert [type(one) for one in answers] == [
        records.AccountCreated,
        records.AccountCreated,
        records.AccountRefused,
    ]
    assert [one.request_id for one in answers] == [wishes[n].request_id for n in (0, 2, 1)]
    for (topic, key, value, partition), answer in zip(producer.sent, answers, strict=True):
        assert (topic, key) == (RESPONSE, answer.account_id.encode())
        assert partition == partition_of(answer.account_id, PARTITIONS)
        assert b"hash" not in value
        assert b"sealed" not in value


@pytest.mark.parametrize(
    "changes",
    [
        {"user_id": "NoHandle"},
        {"name": " 민수"},
        {"name": "\u3164"},
        {"name": "abc\u202egnp.exe"},
        {"name": ""},
        {"account_id": "x"},
        {"request_id": "x"},
        {"sealed_hash": "forged"},
    ],
)
async def test_a_signup_that_can_never_be_carried_out_is_poison(
    sink: AccountSink, store: StoreSpy, changes: dict[str, str]
) -> None:
    with pytest.raises(PoisonMessage):
        await sink.process("auth", [event_of(signup(**changes))])
    assert store.wishes == []


async def test_a_signup_in_a_foreign_partition_is_poison(sink: AccountSink) -> None:
    wish = signup()
    foreign = (partition_of(wish.account_id, PARTITIONS) + 1) % PARTITIONS
    with pytest.raises(PoisonMessage):
        await sink.process("auth", [event(records.encode(wish), foreign)])


async def test_a_rejected_signup_is_dead_lettered_and_whoever_waits_is_told(
    sink: AccountSink, producer: ProducerSpy
) -> None:
    wish = signup(sealed_hash="forged")
    await sink.reject(event_of(wish), "the sealed secret cannot be opened")
    dead, answer = producer.sent
    assert dead[0] == ACCOUNT.dlq.name
    assert dead[2] == records.encode(wish)
    refused = codec.decode(answer[0], answer[2])
    assert (refused.request_id, refused.code) == (wish.request_id, "INVALID_INPUT")


async def test_bytes_that_are_no_record_are_dead_lettered_alone(
    sink: AccountSink, producer: ProducerSpy
) -> None:
    await sink.reject(event(b"\x00"), "not JSON")
    assert [topic for topic, *_ in producer.sent] == [ACCOUNT.dlq.name]


async def test_new_names_are_answered_among_signups_facts_in_order(
    sink: AccountSink, producer: ProducerSpy, store: StoreSpy
) -> None:
    wishes: list[records.AccountRequest] = [
        change("gone"),
        change("지은"),
        signup(),
        signup(),
        change("same"),
    ]
    await sink.process("auth", [event_of(wish) for wish in wishes])
    assert [one.name for one in store.changes] == ["gone", "지은", "same"]
    answers = [codec.decode(topic, value) for topic, _, value, _ in producer.sent]
    assert [type(one) for one in answers] == [
        records.AccountCreated,
        records.ProfileChanged,
        records.AccountCreated,
        records.AccountRefused,
        records.ProfileUnchanged,
    ]
    assert (answers[1].name, answers[1].account_id) == ("지은", wishes[1].account_id)
    assert (answers[3].code, answers[3].request_id) == ("NOT_AUTHENTICATED", wishes[0].request_id)
    for (topic, key, _, partition), answer in zip(producer.sent, answers, strict=True):
        assert (topic, key) == (RESPONSE, answer.account_id.encode())
        assert partition == partition_of(answer.account_id, PARTITIONS)


@pytest.mark.parametrize("wish", [change(" 민수"), change(""), change("a\u202eb")])
async def test_a_name_that_can_never_be_stored_is_poison_and_whoever_waits_is_told(
    sink: AccountSink, producer: ProducerSpy, store: StoreSpy, wish: records.ChangeProfile
) -> None:
    with pytest.raises(PoisonMessage) as poison:
        await sink.process("auth", [event_of(wish)])
    assert store.changes == []
    await sink.reject(event_of(wish), poison.value.reason)
    assert [topic for topic, *_ in producer.sent] == [ACCOUNT.dlq.name, RESPONSE]
    refused = codec.decode(RESPONSE, producer.sent[1][2])
    assert (refused.request_id, refused.code) == (wish.request_id, "INVALID_INPUT")


async def test_a_wish_of_nobody_is_dead_lettered_and_answered_to_nobody(
    sink: AccountSink, producer: ProducerSpy
) -> None:
    wish = change("민수", account_id="x")
    with pytest.raises(PoisonMessage, match="accountId") as poison:
        await sink.process("auth", [event_of(wish)])
    await sink.reject(event_of(wish), poison.value.reason)
    assert [topic for topic, *_ in producer.sent] == [ACCOUNT.dlq.name]


async def test_an_erasure_is_told_with_its_saga_and_a_refusal_without(
    sink: AccountSink, producer: ProducerSpy
) -> None:
    account_id, saga_id = str(uuid4()), str(uuid4())
    wishes = [
        records.EraseAccount(request_id=request_id, account_id=account, requested_at=AT)
        for request_id, account in ((saga_id, account_id), (str(uuid4()), NOBODY))
    ]
    for wish in wishes:
        await sink.process("auth", [event_of(wish)])
    told = [codec.decode(topic, value) for topic, _, value, _ in producer.sent]
    assert (told[0].account_id, told[0].saga_id) == (account_id, saga_id)
    assert (told[1].account_id, told[1].code, told[1].user_id) == (NOBODY, "NOT_AUTHENTICATED", "")


async def test_erasures_come_last_so_that_nobody_waits_for_a_name_in_vain(
    sink: AccountSink, store: StoreSpy, producer: ProducerSpy
) -> None:
    renamed = change("지은")
    erased = records.EraseAccount(
        request_id=str(uuid4()), account_id=renamed.account_id, requested_at=AT
    )
    await sink.process("auth", [event_of(wish) for wish in (erased, renamed)])
    assert store.carried_out == [ProfileWish, ErasureWish]
    answers = [codec.decode(topic, value) for topic, _, value, _ in producer.sent]
    told = {one.request_id: type(one) for one in answers}
    assert told == {
        renamed.request_id: records.ProfileChanged,
        erased.request_id: records.AccountErased,
    }
