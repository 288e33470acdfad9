"""kakao.user.account.REQUEST: signups, new names and erasures become rows and facts on RESPONSE."""

from __future__ import annotations

from collections.abc import Sequence

from faust.types import EventT

from agents.batching import declare
from agents.wishes import check_partition, reject_wish
from chatstream.domain.accounts import check_handle, check_name
from chatstream.domain.messages import check_uuid
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode, PoisonMessage, UserError
from chatstream.ports.accounts import (
    AccountOutcome,
    AccountStore,
    AccountWish,
    ProfileOutcome,
    ProfileWish,
)
from chatstream.ports.erasure import ErasureOutcome, ErasureStore, ErasureWish
from chatstream.ports.secrets import Opener
from infra.kafka.app import ChatStreamApp
from infra.kafka.producer import Outgoing, send_all
from schemas import codec, records, topics

REQUEST = topics.ACCOUNT_REQUEST.name
RESPONSE = topics.ACCOUNT_RESPONSE.name
LANE = "auth"


class AccountSink:
    """Decode, open the sealed hash, store, emit; see agents.batching.Sink."""

    def __init__(
        self, app: ChatStreamApp, store: AccountStore, erasure: ErasureStore, opener: Opener
    ) -> None:
        self.app = app
        self.store = store
        self.erasure = erasure
        self.opener = opener

    def lane_of(self, topic: str, partition: int) -> str:
        """One lane: all accounts are in one database."""
        return LANE

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Store the batch and produce every outcome, facts in order.

        Signups first, then names, then erasures: nobody renames an account that is not there yet,
        or waits for the new name of one that goes.
        """
        parsed = [(event.message.partition, self.parse(event)) for event in batch]
        generation = batch[-1].message.generation_id
        told = await self._create(
            generation, [(p, each) for p, each in parsed if isinstance(each, records.CreateAccount)]
        ) + await self._change(
            generation, [(p, each) for p, each in parsed if isinstance(each, records.ChangeProfile)]
        )
        told += await self._erase(
            generation, [(p, each) for p, each in parsed if isinstance(each, records.EraseAccount)]
        )
        told.sort(key=lambda one: (one[0] == 0, one[0]))
        await send_all(self.app, [outgoing for _, outgoing in told])

    async def _create(
        self, generation: int | None, signups: Sequence[tuple[int, records.CreateAccount]]
    ) -> list[tuple[int, Outgoing]]:
        wishes = [
            AccountWish(
                partition=partition,
                request_id=signup.request_id,
                account_id=signup.account_id,
                user_id=signup.user_id,
                name=signup.name,
                password_hash=self.opener.open(signup.account_id, signup.sealed_hash),
            )
            for partition, signup in signups
        ]
        outcomes = await self.store.create(generation, wishes) if wishes else ()
        return [(each.fact_no, _outgoing(*signups[each.wish], each)) for each in outcomes]

    async def _change(
        self, generation: int | None, changes: Sequence[tuple[int, records.ChangeProfile]]
    ) -> list[tuple[int, Outgoing]]:
        wishes = [
            ProfileWish(partition, change.request_id, change.account_id, change.name)
            for partition, change in changes
        ]
        outcomes = await self.store.change(generation, wishes) if wishes else ()
        return [(each.fact_no, _changed(*changes[each.wish], each)) for each in outcomes]

    async def _erase(
        self, generation: int | None, erasures: Sequence[tuple[int, records.EraseAccount]]
    ) -> list[tuple[int, Outgoing]]:
        wishes = [
            ErasureWish(partition, erasure.request_id, erasure.account_id)
            for partition, erasure in erasures
        ]
        outcomes = await self.erasure.erase(generation, wishes) if wishes else ()
        return [(each.fact_no, _erased(*erasures[each.wish], each)) for each in outcomes]

    def parse(self, event: EventT) -> records.AccountRequest:
        """The wish of a record; PoisonMessage when it can never be carried out."""
        wish: records.AccountRequest = codec.decode(REQUEST, event.value)
        try:
            if not isinstance(wish, records.EraseAccount):
                _check_person(wish)
            check_uuid("requestId", wish.request_id)
            check_uuid("accountId", wish.account_id)
        except UserError as error:
            raise PoisonMessage(str(error)) from error
        check_partition(self.app, event, "accountId", wish.account_id)
        return wish

    async def reject(self, event: EventT, reason: str) -> None:
        """Dead-letter the record; when it names its wish, answer it with INVALID_INPUT."""

        def refusal(wish: records.AccountRequest) -> Outgoing:
            return _refusal(event.message.partition, wish, ErrorCode.INVALID_INPUT, reason)

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


def _check_person(wish: records.CreateAccount | records.ChangeProfile) -> None:
    check_handle(wish.user_id)
    if check_name(wish.name) != wish.name:
        raise PoisonMessage("the name is not trimmed")


def _erased(partition: int, wish: records.EraseAccount, outcome: ErasureOutcome) -> Outgoing:
    if outcome.code is not None:
        return _refusal(partition, wish, ErrorCode(outcome.code), "the account is gone")
    fact = records.AccountErased(
        fact_no=outcome.fact_no,
        request_id=wish.request_id,
        account_id=wish.account_id,
        saga_id=outcome.saga_id,
        at=outcome.at,
    )
    return Outgoing(RESPONSE, partition, wish.account_id.encode(), records.encode(fact))


def _changed(partition: int, wish: records.ChangeProfile, outcome: ProfileOutcome) -> Outgoing:
    if outcome.code is not None:
        return _refusal(partition, wish, ErrorCode(outcome.code), "the account is gone")
    record: records.ProfileChanged | records.ProfileUnchanged
    if outcome.fact_no:
        record = records.ProfileChanged(
            fact_no=outcome.fact_no,
            request_id=wish.request_id,
            account_id=wish.account_id,
            user_id=outcome.user_id,
            name=outcome.name,
            at=outcome.at,
        )
    else:
        record = records.ProfileUnchanged(
            request_id=wish.request_id, account_id=wish.account_id, at=now_text()
        )
    return Outgoing(RESPONSE, partition, wish.account_id.encode(), records.encode(record))


def _refusal(
    partition: int, wish: records.AccountRequest, code: ErrorCode, reason: str
) -> Outgoing:
    record = records.AccountRefused(
        request_id=wish.request_id,
        account_id=wish.account_id,
        user_id="" if isinstance(wish, records.EraseAccount) else wish.user_id,
        code=str(code),
        reason=reason,
        at=now_text(),
    )
    return Outgoing(RESPONSE, partition, wish.account_id.encode(), records.encode(record))


def register(
    app: ChatStreamApp, store: AccountStore, erasure: ErasureStore, opener: Opener
) -> None:
    """Declare the agent `user.accounts`."""
    declare(app, "user.accounts", [REQUEST], AccountSink(app, store, erasure, opener))
