"""The HTTP edge of accounts over fakes, behind a real aiohttp server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from chatstream.settings import Settings
from infra.http.server import Runner
from infra.security import keys
from infra.security.keyring import KeyRing
from infra.security.seal import HpkeOpener, HpkeSealer
from infra.security.successors import HmacSuccessors
from infra.security.tokens import JwtAuthenticator, JwtIssuer
from tables.followed.revocations import EndedLogins
from tests.fakes.accounts import (
    FakeAccounts,
    FakeAttempts,
    FakeClock,
    FakeNews,
    FakePasswords,
    FakeSessions,
    FakeSignups,
    FakeWishes,
)
from tests.fakes.copies import HastyCopies, PromptCopies
from tests.unit.web import rows
from web import erasure, own_account, signup
from web import logins as auth
from web.credentials import CredentialCheck
from web.edge import measuring, middleware, openapi
from web.login_ends import LoginEnds

ORIGIN = "http://chat.example"
PASSWORD = "correct horse"

Routes = Callable[[Application], None]


class EdgeServer(TestServer):
    """aiohttp's server for tests, with the connections that every process of ours has."""

    async def _make_runner(self, **options: Any) -> Runner:
        return Runner(self.app, **options)


@dataclass
class Edge:
    """A client and everything behind it. `more_routes` adds routes before the server starts."""

    keys_dir: Path
    settings: Settings
    more_routes: Routes | None = None
    clock: FakeClock = field(default_factory=FakeClock)
    accounts: FakeAccounts = field(default_factory=FakeAccounts)
    passwords: FakePasswords = field(default_factory=FakePasswords)
    news: FakeNews = field(default_factory=FakeNews)
    chat: PromptCopies = field(default_factory=PromptCopies)

    async def start(self) -> Edge:
        keys.ensure_keys(self.keys_dir)
        settings, clock = self.settings, self.clock
        self.sessions = FakeSessions(self.accounts, clock)
        self.attempts = FakeAttempts(clock)
        self.signups = FakeSignups(self.accounts)
        self.copies = HastyCopies(self.chat, settings.limits.wish_timeout)
        self.revocations = EndedLogins(settings.auth.access_ttl, clock)
        opener = HpkeOpener(keys.sealing_key(self.keys_dir))
        self.wishes = FakeWishes(self.accounts, opener.open)
        self.keys = KeyRing(self.keys_dir)
        app = Application(client_max_size=settings.limits.body_bytes)
        authenticator = JwtAuthenticator(self.keys, settings.auth, self.revocations, clock)
        measuring.register(app)
        middleware.register(app, settings, authenticator)
        app.on_response_prepare.append(rows.note)
        ends = LoginEnds(self.sessions, self.news)
        credentials = CredentialCheck(self.accounts, self.attempts, self.passwords)
        signups = signup.SignupPorts(
            wishes=self.wishes,
            accounts=self.accounts,
            credentials=credentials,
            passwords=self.passwords,
            sealer=HpkeSealer(keys.sealing_public_key(self.keys_dir)),
            signups=self.signups,
            copies=self.copies,
        )
        issuer, successors = (
            JwtIssuer(self.keys, settings.auth, clock),
            HmacSuccessors(self.keys_dir),
        )
        logins = auth.LoginPorts(credentials, self.sessions, ends, issuer, successors)
        own = own_account.OwnAccountPorts(self.wishes, self.accounts, self.copies)
        leaving = erasure.ErasurePorts(self.wishes, credentials, self.sessions, ends)
        self.wishes.on_erased = self.sessions.end_all
        signup.register(app, settings.limits, signups)
        auth.register(app, settings.auth.access_ttl, logins)
        own_account.register(app, settings.limits, own)
        erasure.register(app, leaving)
        auth.register_keys(app, lambda: keys.jwks(self.keys.verifying()))
        if self.more_routes is not None:
            self.more_routes(app)
        openapi.register(app, ORIGIN)
        server = EdgeServer(app)
        await server.start_server(access_log=None)  # as Faust starts it: our own line is the log
        self.client: TestClient[Request, Application] = TestClient(server)
        await self.client.start_server()
        return self

    async def signup(self, user_id: str = "minsu", **changes: object) -> ClientResponse:
        body = {"userId": user_id, "password": PASSWORD, "name": "민수"} | changes
        return await self.client.post("/user", json=body)

    async def login(self, user_id: str = "minsu", **changes: object) -> ClientResponse:
        body = {"userId": user_id, "password": PASSWORD} | changes
        return await self.client.post("/user/login", json=body)

    async def tokens(self, user_id: str = "minsu") -> dict[str, Any]:
        """Sign up if need be and log in, without keeping the cookies."""
        await self._known(user_id)
        response = await self.login(user_id)
        assert response.status == 200
        self.client.session.cookie_jar.clear()
        tokens: dict[str, Any] = await response.json()
        return tokens

    async def operator(self, user_id: str = "boss") -> dict[str, str]:
        """The header of an operator's login; signs up if need be."""
        await self._known(user_id)
        known = self.accounts.by_handle[user_id]
        account = replace(known.account, role="operator")
        self.accounts.by_handle[user_id] = replace(known, account=account)
        return bearer((await self.tokens(user_id))["accessToken"])

    async def _known(self, user_id: str) -> None:
        if user_id not in self.accounts.by_handle:
            assert (await self.signup(user_id)).status == 201

    async def me(self, token: str) -> ClientResponse:
        return await self.client.get("/user/me", headers=bearer(token))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def fault_of(response: ClientResponse) -> tuple[int, str, dict[str, Any]]:
    """Status, code and details of an error, which must have the envelope and nothing else."""
    body = await response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "details"}
    return response.status, body["error"]["code"], body["error"]["details"]
