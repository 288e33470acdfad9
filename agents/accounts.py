"""kakao.user.account.REQUEST: signups become accounts and facts on RESPONSE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from faust.types import EventT

from agents.batching import BatchLoop
from agents.wishes import check_partition, reject_wish
from chatstream.domain.accounts import check_handle, check_name
from chatstream.domain.messages import check_uuid
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode, PoisonMessage, UserError
from chatstream.ports.accounts import AccountOutcome, AccountStore, AccountWish
from chatstream.ports.secrets import Opener
from infra.kafka.app import ChatStreamApp
from infra.kafka.producer import Outgoing, send_all
from schemas import codec, records, topics

REQUEST = topics.ACCOUNT_REQUEST.name
RESPONSE = topics.ACCOUNT_RESPONSE.name
LANE = "auth"


class AccountSink:
    """Decode, open the sealed hash, store, emit; see agents.batching.Sink."""

    def __init__(self, app: ChatStreamApp, store: AccountStore, opener: Opener) -> None:
        self.app = app
        self.store = store
        self.opener = opener

    def lane_of(self, topic: str, partition: int) -> str:
        """One lane: all accounts are in one database."""
        return LANE

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Store the batch in one transaction and produce every outcome, facts in order."""
        signups = [self.parse(event) for event in batch]
        wishes = [
            AccountWish(
                partition=event.message.partition,
                request_id=signup.request_id,
                account_id=signup.account_id,
                user_id=signup.user_id,
                name=signup.name,
                password_hash=self.opener.open(signup.account_id, signup.sealed_hash),
            )
            for event, signup in zip(batch, signups, strict=True)
        ]
        outcomes = await self.store.create(batch[-1].message.generation_id, wishes)
        await send_all(
            self.app,
            [
                _outgoing(wishes[outcome.wish].partition, signups[outcome.wish], outcome)
                for outcome in outcomes
            ],
        )

    def parse(self, event: EventT) -> records.CreateAccount:
        """The signup of a record; PoisonMessage when it can never be carried out."""
        signup: records.CreateAccount = codec.decode(REQUEST, event.value)
        try:
            check_handle(signup.user_id)
            if check_name(signup.name) != signup.name:
                raise PoisonMessage("the name is not trimmed")
            check_uuid("requestId", signup.request_id)
            check_uuid("accountId", signup.account_id)
        except UserError as error:
            raise PoisonMessage(str(error)) from error
        check_partition(self.app, event, "accountId", signup.account_id)
        return signup

    async def reject(self, event: EventT, reason: str) -> None:
        """Dead-letter the record; when it names its signup, answer it with INVALID_INPUT."""

        def refusal(signup: records.CreateAccount) -> Outgoing:
            return _refusal(event.message.partition, signup, ErrorCode.INVALID_INPUT, reason)

        await reject_wish(self.app, event, reason, refusal)


def _outgoing(partition: int, signup: records.CreateAccount, outcome: AccountOutcome) -> Outgoing:
    if outcome.code is not None:
        code = ErrorCode(outcome.code)
        return _refusal(partition, signup, code, "the handle is taken")
    fact = records.AccountCreated(
        fact_no=outcome.fact_no,
        request_id=signup.request_id,
        account_id=signup.account_id,
        user_id=signup.user_id,
        name=signup.name,
        created_at=outcome.created_at,
    )
    return Outgoing(RESPONSE, partition, signup.account_id.encode(), records.encode(fact))


def _refusal(
    partition: int, signup: records.CreateAccount, code: ErrorCode, reason: str
) -> Outgoing:
    record = records.AccountRefused(
        request_id=signup.request_id,
        account_id=signup.account_id,
        user_id=signup.user_id,
        code=str(code),
        reason=reason,
        at=now_text(),
    )
    return Outgoing(RESPONSE, partition, signup.account_id.encode(), records.encode(record))


def register(app: ChatStreamApp, store: AccountStore, opener: Opener) -> None:
    """Declare the agent `user.accounts`."""
    topic = app.topic(REQUEST, value_serializer="raw", key_serializer="raw", value_type=bytes)
    sink = AccountSink(app, store, opener)

    @app.agent(topic, name="user.accounts")
    async def accounts(stream: Any) -> None:
        await BatchLoop(app, sink, app.chatstream.batch).run(stream)
