"""kakao.user.account and kakao.user.session: accounts, and the logins that ended."""

from __future__ import annotations

from typing import Any

from chatstream.domain.accounts import AccountAct
from chatstream.ports.accounts import AccountOutcome
from schemas.records.base import (
    AnswerRecord,
    FactRecord,
    Handle,
    PersonName,
    Record,
    RequestRecord,
    Secret,
)


class CreateAccount(RequestRecord, frozen=True, kw_only=True, tag="createAccount"):
    """A signup. `sealedHash` is the bcrypt hash, sealed so that only the user service opens it."""

    user_id: Handle
    name: PersonName
    sealed_hash: Secret
    requested_at: str


class AccountCreated(FactRecord, frozen=True, kw_only=True, tag="accountCreated"):
    """Fact: the account exists."""

    user_id: Handle
    name: PersonName
    created_at: str


class AccountRefused(AnswerRecord, frozen=True, kw_only=True, tag="accountRefused"):
    """Outcome of a signup or a change that was refused, for example a handle that is taken."""

    user_id: Handle
    code: str
    reason: str
    at: str


class ChangeProfile(RequestRecord, frozen=True, kw_only=True, tag="changeProfile"):
    """A wish to be shown under another name."""

    user_id: Handle
    name: PersonName
    requested_at: str


class ProfileChanged(FactRecord, frozen=True, kw_only=True, tag="profileChanged"):
    """Fact: the account is shown under this name from now on, in what it said before too."""

    user_id: Handle
    name: PersonName
    at: str


class ProfileUnchanged(AnswerRecord, frozen=True, kw_only=True, tag="profileUnchanged"):
    """Answer without a change: the account has this name already."""

    at: str


class EraseAccount(RequestRecord, frozen=True, kw_only=True, tag="eraseAccount"):
    """An account's wish to be erased; `requestId` becomes the id of the saga."""

    requested_at: str


class AccountErased(FactRecord, frozen=True, kw_only=True, tag="accountErased"):
    """Fact: the account is a tombstone; the saga erases what the other contexts hold."""

    saga_id: str
    at: str


AccountRequest = CreateAccount | ChangeProfile | EraseAccount
AccountResponse = (
    AccountCreated | ProfileChanged | ProfileUnchanged | AccountErased | AccountRefused
)


def account_fact(
    act: AccountAct, request_id: str, account_id: str, fact: AccountOutcome
) -> AccountCreated | ProfileChanged | AccountErased:
    """The record of a stored fact, as the answer to `request_id`."""
    ids: dict[str, Any] = {
        "fact_no": fact.fact_no,
        "request_id": request_id,
        "account_id": account_id,
    }
    match act:
        case AccountAct.CREATE:
            return AccountCreated(**ids, user_id=fact.user_id, name=fact.name, created_at=fact.at)
        case AccountAct.RENAME:
            return ProfileChanged(**ids, user_id=fact.user_id, name=fact.name, at=fact.at)
        case AccountAct.ERASE:
            return AccountErased(**ids, saga_id=fact.saga_id, at=fact.at)


class SessionRevoked(Record, frozen=True, kw_only=True, tag="sessionRevoked"):
    """A login ended: access tokens with this `sid` are void; forget it after `expiresAt`."""

    sid: Secret
    account_id: str
    revoked_at: str
    expires_at: str


SessionResponse = SessionRevoked
