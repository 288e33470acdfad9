"""DELETE /user/me: the beginning of an account's erasure."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiohttp import web
from pydantic import Field, SecretStr
from uuid_utils.compat import uuid7

from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.accounts import Account
from chatstream.ports.logins import SessionStore
from chatstream.ports.wishes import WishSender
from schemas import records
from schemas.contexts.accounts import ACCOUNT
from web.credentials import CredentialCheck
from web.edge.bodies import Shape, answer, read_body
from web.edge.middleware import EDGE, caller_of
from web.edge.openapi import Route, mount, operation
from web.login_ends import LoginEnds


class Farewell(Shape):
    """The body of DELETE /user/me."""

    password: SecretStr = Field(description="the account's password, typed once more")


class SagaStarted(Shape):
    """The erasure that has begun; GET /ops/sagas/{sagaId} tells how far it is."""

    saga_id: str


@dataclass(frozen=True)
class ErasurePorts:
    """What the view of this module needs."""

    wishes: WishSender
    credentials: CredentialCheck
    sessions: SessionStore
    ends: LoginEnds


class ErasureViews:
    """The handlers."""

    def __init__(self, ports: ErasurePorts) -> None:
        self._ports = ports

    @operation(
        "Erase one's account",
        body=Farewell,
        answers={202: SagaStarted},
        errors=(
            ErrorCode.BAD_CREDENTIALS,
            ErrorCode.RATE_LIMITED,
            ErrorCode.BUSY,
            ErrorCode.STORE_UNAVAILABLE,
        ),
    )
    async def erase(self, request: web.Request) -> web.Response:
        """From here on the account is a tombstone: its logins end, its handle is never given again.

        The other contexts follow; 202 names the saga. The last access token still shows it.
        """
        caller = caller_of(request)
        body = await read_body(request, Farewell)
        ports = self._ports
        password = body.password.get_secret_value()
        account = await self._verified(request, caller.user_id, password)
        wish = records.EraseAccount(
            request_id=str(uuid7()), account_id=account.account_id, requested_at=now_text()
        )
        outcome = await ports.wishes.ask(ACCOUNT.request.name, wish)
        if isinstance(outcome, records.AccountRefused):
            raise UserError(ErrorCode(outcome.code), outcome.reason)
        if not isinstance(outcome, records.AccountErased):
            raise TypeError(f"an erasure was answered with {type(outcome).__name__}")
        ended = await ports.sessions.unannounced_of(account.account_id)
        await asyncio.gather(*(ports.ends.announce(each) for each in ended))
        response = answer(SagaStarted(saga_id=outcome.saga_id), status=202)
        request.app[EDGE].cookies.clear_refresh(response)
        return response

    async def _verified(self, request: web.Request, user_id: str, password: str) -> Account:
        """The caller's account; BAD_CREDENTIALS names the password: nothing else was asked."""
        try:
            return await self._ports.credentials.verified(request, user_id, password)
        except UserError as error:
            if error.code is not ErrorCode.BAD_CREDENTIALS:
                raise
            details = {"field": "password"}
            raise UserError(error.code, "the password is wrong", details=details) from None


ROUTES: tuple[Route, ...] = (("DELETE", "/user/me", ErasureViews.erase),)


def register(web_app: web.Application, ports: ErasurePorts) -> None:
    """Add the routes: for the pool that owns sessions."""
    mount(web_app, ROUTES, ErasureViews(ports))
