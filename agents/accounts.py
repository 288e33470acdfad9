"""kakao.user.account.REQUEST: signups, new names and erasures become rows and facts on RESPONSE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agents.loop.batching import declare
from agents.loop.wish_sink import Answer, Asked, WishSink
from chatstream.domain.accounts import AccountAct, check_handle, check_name
from chatstream.domain.lines import in_turn
from chatstream.domain.times import now_text
from chatstream.domain.tracing import TRACEPARENT, header
from chatstream.errors import ErrorCode, PoisonMessage
from chatstream.ports.accounts import AccountOutcome, AccountStore, AccountWish, ProfileWish
from chatstream.ports.erasure import ErasureStore, ErasureWish
from chatstream.ports.secrets import Opener
from infra.faust.app import ChatStreamApp
from schemas import records
from schemas.contexts.accounts import ACCOUNT

LANE = "auth"

_ACTS: Mapping[type[records.AccountRequest], AccountAct] = {
    records.CreateAccount: AccountAct.CREATE,
    records.ChangeProfile: AccountAct.RENAME,
    records.EraseAccount: AccountAct.ERASE,
}
_REASONS: Mapping[ErrorCode, str] = {
    ErrorCode.USER_EXISTS: "the handle is taken",
    ErrorCode.NOT_AUTHENTICATED: "the account is gone",
}


class AccountSink(WishSink[records.AccountRequest, AccountStore]):
    """Wishes of accounts; the hash of a signup's password is sealed."""

    stream = ACCOUNT

    def __init__(
        self, app: ChatStreamApp, store: AccountStore, erasure: ErasureStore, opener: Opener
    ) -> None:
        super().__init__(app, {LANE: store})
        self.erasure = erasure
        self.opener = opener

    def check(self, record: records.AccountRequest) -> None:
        """Handle and name may be given to an account."""
        if isinstance(record, records.EraseAccount):
            return
        check_handle(record.user_id)
        if check_name(record.name) != record.name:
            raise PoisonMessage("the name is not trimmed")

    async def carry_out(
        self, lane: str, generation: int | None, asked: Sequence[Asked[records.AccountRequest]]
    ) -> Sequence[Answer]:
        """See WishSink. Erasures come last: nobody waits for the new name of one that goes."""
        wishes = [wish_of(each, self.opener) for each in asked]
        outcomes: Sequence[AccountOutcome] = await in_turn(
            generation,
            wishes,
            (
                (AccountWish | ProfileWish, self.stores[lane].carry_out),
                (ErasureWish, self.erasure.carry_out),
            ),
        )
        return [(each.wish, self.answer(asked[each.wish].record, each)) for each in outcomes]

    def answer(
        self, record: records.AccountRequest, outcome: AccountOutcome
    ) -> records.AccountResponse:
        """The record that tells what became of the wish."""
        request_id, account_id = record.request_id, record.account_id
        if outcome.code is not None:
            return self.refusal(record, outcome.code, _REASONS.get(outcome.code, ""))
        if not outcome.fact_no:
            return records.ProfileUnchanged(
                request_id=request_id, account_id=account_id, at=now_text()
            )
        return records.account_fact(_ACTS[type(record)], request_id, account_id, outcome)

    def refusal(
        self, record: records.AccountRequest, code: ErrorCode, reason: str
    ) -> records.AccountRefused:
        """See WishSink."""
        return records.AccountRefused(
            request_id=record.request_id,
            account_id=record.account_id,
            user_id="" if isinstance(record, records.EraseAccount) else record.user_id,
            code=str(code),
            reason=reason,
            at=now_text(),
        )


def wish_of(
    asked: Asked[records.AccountRequest], opener: Opener
) -> AccountWish | ProfileWish | ErasureWish:
    """What a record in a partition asks; `opener` opens the hash of a signup's password."""
    record = asked.record
    ids = (asked.partition, record.request_id, record.account_id)
    match record:
        case records.CreateAccount():
            password_hash = opener.open(record.account_id, record.sealed_hash)
            return AccountWish(*ids, record.user_id, record.name, password_hash)
        case records.ChangeProfile():
            return ProfileWish(*ids, record.name)
    return ErasureWish(*ids, header(asked.cause, TRACEPARENT))


def register(
    app: ChatStreamApp, store: AccountStore, erasure: ErasureStore, opener: Opener
) -> None:
    """Declare the agent `user.accounts`."""
    sink = AccountSink(app, store, erasure, opener)
    declare(app, "user.accounts", [ACCOUNT.request.name], sink)
