"""Handles with their passwords, and how often they may be tried."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from chatstream.domain.accounts import is_handle
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.accounts import Account, AccountReader
from chatstream.ports.logins import LoginAttempts
from chatstream.ports.secrets import Passwords
from web.edge.middleware import caller_address


@dataclass(frozen=True)
class CredentialCheck:
    """What a password is looked at with; a failed try counts, as do too many."""

    accounts: AccountReader
    attempts: LoginAttempts
    passwords: Passwords

    async def verified(self, request: web.Request, user_id: str, password: str) -> Account:
        """The account of a handle and its password.

        BAD_CREDENTIALS, as late, for an unknown handle and for a wrong password; RATE_LIMITED.
        """
        attempt = await self.attempts.begin(user_id, caller_address(request))
        try:
            known = is_handle(user_id)
            credentials = await self.accounts.credentials(user_id) if known else None
            hashed = credentials.password_hash if credentials else None
            fits = await self.passwords.verify(password, hashed)
        except UserError:
            await self.attempts.forget(attempt)
            raise
        if credentials is None or not fits:
            await self.attempts.fail(attempt)
            raise bad_credentials()
        await self.attempts.forget(attempt)
        return credentials.account


def bad_credentials() -> UserError:
    """The one refusal, whatever was wrong."""
    return UserError(ErrorCode.BAD_CREDENTIALS, "wrong handle or password")
