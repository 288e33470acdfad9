"""Accounts, logins and password work in memory, with the rules of the domain."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chatstream.domain.passwords import normalised, spellings
from chatstream.domain.sessions import (
    LoginLimit,
    Presented,
    RefreshVerdict,
    judge,
    seconds_until_allowed,
)
from chatstream.domain.times import from_text, now_text, to_text
from chatstream.errors import ErrorCode, TransientFailure, UserError
from chatstream.ports.accounts import Account, Credentials, UntoldSignup
from chatstream.ports.logins import Revoked, Rotation
from chatstream.settings import LimitSettings
from schemas import records

DAY = 86_400.0


class FakeHandleKey:
    """ports.secrets.HandleKey that a reader of a test can follow."""

    def of(self, user_id: str) -> str:
        return f"!{user_id[::-1]}"


class NoRevocations:
    def __init__(self) -> None:
        self.ended: set[str] = set()

    def is_revoked(self, sid: str) -> bool:
        return sid in self.ended


@dataclass
class FakeClock:
    """Seconds since the epoch, moved by hand."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)


class FakeAccounts:
    """ports.accounts.AccountReader, and the outcome of signups as the agent would give it."""

    def __init__(self) -> None:
        self.by_handle: dict[str, Credentials] = {}

    def add(self, account_id: str, user_id: str, name: str, hashed: str) -> Account:
        account = Account(account_id, user_id, name, "user", now_text())
        self.by_handle[user_id] = Credentials(account, hashed)
        return account

    async def credentials(self, user_id: str) -> Credentials | None:
        return self.by_handle.get(user_id)

    async def account(self, account_id: str) -> Account | None:
        for credentials in self.by_handle.values():
            if credentials.account.account_id == account_id:
                return credentials.account
        return None

    async def newest_fact(self, account_id: str) -> int:
        return 0 if await self.account(account_id) is None else 1


class FakeSignups:
    """ports.accounts.SignupAnswers over the accounts; ages are by the clock."""

    def __init__(self, accounts: FakeAccounts, clock: Callable[[], float] = time.time) -> None:
        self.accounts = accounts
        self.clock = clock
        self.told: dict[str, str] = {}

    async def untold(self, user_id: str) -> UntoldSignup | None:
        found = await self.accounts.credentials(user_id)
        if found is None or found.account.account_id in self.told:
            return None
        age = self.clock() - self.made_at(found.account.created_at)
        return UntoldSignup(found.account, 1, age) if age < DAY else None

    def made_at(self, created_at: str) -> float:
        """The moment by the clock."""
        return from_text(created_at).timestamp()

    async def tell(self, account_id: str, caller: str) -> bool:
        return self.told.setdefault(account_id, caller) == caller


async def _nothing(account_id: str) -> None:
    """Nobody has a login that would end."""


class FakeWishes:
    """Carries out signups and new names at once, as the agent would."""

    def __init__(self, accounts: FakeAccounts, open_sealed: object) -> None:
        self.accounts = accounts
        self.open_sealed = open_sealed
        self.asked: list[tuple[str, str, object, tuple[str, ...]]] = []
        self.fault: UserError | None = None
        self.on_erased: Callable[[str], Awaitable[None]] = _nothing

    async def ask(self, topic: str, wish: Any) -> object:
        self.asked.append((topic, wish.key, wish, wish.identity))
        if self.fault is not None:
            raise self.fault
        if isinstance(wish, records.ChangeProfile):
            return self._change(wish)
        if isinstance(wish, records.EraseAccount):
            return await self._erase(wish)
        assert isinstance(wish, records.CreateAccount)
        if wish.user_id in self.accounts.by_handle:
            return records.AccountRefused(
                request_id=wish.request_id,
                account_id=wish.account_id,
                user_id=wish.user_id,
                code="USER_EXISTS",
                reason="the handle is taken",
                at=now_text(),
            )
        assert callable(self.open_sealed)
        hashed = self.open_sealed(wish.account_id, wish.sealed_hash)
        account = self.accounts.add(wish.account_id, wish.user_id, wish.name, hashed)
        return records.AccountCreated(
            fact_no=len(self.accounts.by_handle),
            request_id=wish.request_id,
            account_id=wish.account_id,
            user_id=wish.user_id,
            name=wish.name,
            created_at=account.created_at,
        )

    def _change(self, wish: records.ChangeProfile) -> object:
        base: Any = {"request_id": wish.request_id, "account_id": wish.account_id}
        held = self.accounts.by_handle.get(wish.user_id)
        if held is None or held.account.account_id != wish.account_id:
            return records.AccountRefused(
                **base,
                user_id=wish.user_id,
                code="NOT_AUTHENTICATED",
                reason="the account is gone",
                at=now_text(),
            )
        if held.account.name == wish.name:
            return records.ProfileUnchanged(**base, at=now_text())
        account = replace(held.account, name=wish.name)
        self.accounts.by_handle[wish.user_id] = replace(held, account=account)
        return records.ProfileChanged(
            **base, fact_no=1, user_id=wish.user_id, name=wish.name, at=now_text()
        )

    async def _erase(self, wish: records.EraseAccount) -> object:
        account = await self.accounts.account(wish.account_id)
        assert account is not None
        del self.accounts.by_handle[account.user_id]
        await self.on_erased(wish.account_id)
        return records.AccountErased(
            fact_no=9,
            request_id=wish.request_id,
            account_id=wish.account_id,
            saga_id=wish.request_id,
            at=now_text(),
        )

    def congested(self, key: str) -> bool:
        return False


@dataclass
class _Token:
    sid: str
    parent: bytes | None
    expires_at: datetime
    used_at: datetime | None = None


class FakeSessions:
    """ports.logins.SessionStore."""

    def __init__(self, accounts: FakeAccounts, clock: FakeClock) -> None:
        self.accounts = accounts
        self.clock = clock
        self.logins: dict[str, str] = {}
        self.ended: dict[str, Revoked] = {}
        self.told: set[str] = set()
        self.tokens: dict[bytes, _Token] = {}

    def _add(self, sid: str, token_hash: bytes, parent: bytes | None) -> None:
        expires_at = self.clock.moment() + timedelta(days=30)
        self.tokens[token_hash] = _Token(sid, parent, expires_at)

    async def open(self, sid: str, account_id: str, token_hash: bytes) -> Account | None:
        account = await self.accounts.account(account_id)
        if account is not None:
            self.logins[sid] = account_id
            self._add(sid, token_hash, None)
        return account

    async def rotate(self, token_hash: bytes, successors: Sequence[bytes]) -> Rotation:
        token = self.tokens.get(token_hash)
        if token is None:
            return Rotation(None)
        now, sid = self.clock.moment(), token.sid
        after = {key: one for key, one in self.tokens.items() if one.parent == token_hash}
        was_used = any(one.used_at for one in after.values())
        known = next((key for key in after if key in successors), b"")
        ended = sid in self.ended
        verdict = judge(
            Presented(token.expires_at, token.used_at, was_used, known != b"", ended), now
        )
        if verdict is RefreshVerdict.REVOKE:
            return Rotation(None, sid, revoked=await self.revoke(sid))
        if verdict is RefreshVerdict.REFUSE:
            return Rotation(None, sid)
        if verdict is RefreshVerdict.ROTATE:
            self._use(sid, now)
            self._add(sid, successors[0], token_hash)
        account = await self.accounts.account(self.logins[sid])
        return Rotation(account, sid, known or successors[0])

    def _use(self, sid: str, now: datetime) -> None:
        for one in self.tokens.values():
            if one.sid == sid and one.used_at is None:
                one.used_at = now

    async def revoke(self, sid: str) -> Revoked | None:
        if sid in self.ended or sid not in self.logins:
            return None
        self.ended[sid] = Revoked(sid, self.logins[sid], to_text(self.clock.moment()))
        return self.ended[sid]

    async def end_all(self, account_id: str) -> None:
        """What the erasure of the account does to its logins."""
        for sid in [sid for sid, owner in self.logins.items() if owner == account_id]:
            await self.revoke(sid)

    async def unannounced(self) -> Sequence[Revoked]:
        return [one for one in self.ended.values() if one.sid not in self.told]

    async def unannounced_of(self, account_id: str) -> Sequence[Revoked]:
        return [one for one in await self.unannounced() if one.account_id == account_id]

    async def announced(self, sid: str) -> None:
        self.told.add(sid)

    async def purge(self) -> None:
        self.tokens = {
            key: one for key, one in self.tokens.items() if one.expires_at > self.clock.moment()
        }


@dataclass
class _Attempt:
    user_id: str
    address: str
    at: datetime
    failed: bool = False


class FakeAttempts:
    """ports.logins.LoginAttempts."""

    def __init__(self, clock: FakeClock, limits: LimitSettings | None = None) -> None:
        limits = limits or LimitSettings()
        self.clock = clock
        self.of_account = LoginLimit(limits.failed_logins_per_account, timedelta(minutes=15))
        self.of_address = LoginLimit(limits.failed_logins_per_address, timedelta(hours=1))
        self.begun: dict[int, _Attempt] = {}
        self._next = 0

    async def begin(self, user_id: str, address: str) -> int:
        now, tried = self.clock.moment(), self.begun.values()
        mine = [one.at for one in tried if one.user_id == user_id]
        from_there = [one.at for one in tried if one.address == address and one.failed]
        for times, limit in ((mine, self.of_account), (from_there, self.of_address)):
            if wait := seconds_until_allowed(times, limit, now):
                raise UserError(ErrorCode.RATE_LIMITED, "too many", retry_after=wait)
        self._next += 1
        self.begun[self._next] = _Attempt(user_id, address, now)
        return self._next

    async def fail(self, attempt: int) -> None:
        self.begun[attempt].failed = True

    async def forget(self, attempt: int) -> None:
        del self.begun[attempt]


@dataclass
class FakePasswords:
    """ports.secrets.Passwords without the slowness; `verified` are the hashes it compared."""

    verified: list[str | None] = field(default_factory=list)
    busy: bool = False

    async def is_common(self, password: str, known: Sequence[str]) -> bool:
        return password in {"password", "12345678", *known}

    def _wait(self) -> None:
        if self.busy:
            raise UserError(ErrorCode.BUSY, "too many passwords wait", retry_after=3)

    async def hash(self, password: str) -> str:
        self._wait()
        return f"hash of {normalised(password)}"

    async def verify(self, password: str, hashed: str | None) -> bool:
        self._wait()
        self.verified.append(hashed)
        return hashed in {f"hash of {each}" for each in spellings(password)}


class FakeNews:
    """Remembers which ended logins it was told to announce."""

    def __init__(self) -> None:
        self.told: list[Revoked] = []
        self.away = False

    async def announce(self, revoked: Revoked) -> None:
        if self.away:
            raise TransientFailure("kafka: away")
        self.told.append(revoked)
