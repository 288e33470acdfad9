"""kakao.user.account and kakao.user.session: accounts, and the logins that ended."""

from __future__ import annotations

from schemas.records.base import Record


class CreateAccount(Record, frozen=True, kw_only=True, tag="createAccount"):
    """A signup. `sealedHash` is the bcrypt hash, sealed so that only the user service opens it."""

    request_id: str
    account_id: str
    user_id: str
    name: str
    sealed_hash: str
    requested_at: str


class AccountCreated(Record, frozen=True, kw_only=True, tag="accountCreated"):
    """Fact: the account exists."""

    fact_no: int
    request_id: str
    account_id: str
    user_id: str
    name: str
    created_at: str


class AccountRefused(Record, frozen=True, kw_only=True, tag="accountRefused"):
    """Outcome of a signup or a change that was refused, for example a handle that is taken."""

    request_id: str
    account_id: str
    user_id: str
    code: str
    reason: str
    at: str


class ChangeProfile(Record, frozen=True, kw_only=True, tag="changeProfile"):
    """A wish to be shown under another name."""

    request_id: str
    account_id: str
    user_id: str
    name: str
    requested_at: str


class ProfileChanged(Record, frozen=True, kw_only=True, tag="profileChanged"):
    """Fact: the account is shown under this name from now on, in what it said before too."""

    fact_no: int
    request_id: str
    account_id: str
    user_id: str
    name: str
    at: str


class ProfileUnchanged(Record, frozen=True, kw_only=True, tag="profileUnchanged"):
    """Answer without a change: the account has this name already."""

    request_id: str
    account_id: str
    at: str


class EraseAccount(Record, frozen=True, kw_only=True, tag="eraseAccount"):
    """An account's wish to be erased; `requestId` becomes the id of the saga."""

    request_id: str
    account_id: str
    requested_at: str


class AccountErased(Record, frozen=True, kw_only=True, tag="accountErased"):
    """Fact: the account is a tombstone; the saga erases what the other contexts hold."""

    fact_no: int
    request_id: str
    account_id: str
    saga_id: str
    at: str


AccountRequest = CreateAccount | ChangeProfile | EraseAccount
AccountResponse = (
    AccountCreated | ProfileChanged | ProfileUnchanged | AccountErased | AccountRefused
)


class SessionRevoked(Record, frozen=True, kw_only=True, tag="sessionRevoked"):
    """A login ended: access tokens with this `sid` are void; forget it after `expiresAt`."""

    sid: str
    account_id: str
    revoked_at: str
    expires_at: str


SessionResponse = SessionRevoked
