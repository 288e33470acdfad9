"""The whole public interface over stores that are away: what every call has in common."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient
from aiohttp.web import Application, Request
from aiokafka.errors import KafkaConnectionError

from chatstream.front import Composition
from chatstream.ports.accounts import Account
from chatstream.settings import AuthSettings, LimitSettings, load_settings
from infra.security import keys
from infra.security.keyring import KeyRing
from infra.security.tokens import JwtIssuer
from schemas.contexts.messages import MESSAGE
from tests.fakes.changes import Changes
from tests.unit.web import rows
from tests.unit.web.edge import ORIGIN, EdgeServer, bearer, fault_of
from web.edge.openapi import Operation, described_by, routes_of

Call = tuple[str, str]
AWAY = "host=/nowhere dbname=chat"


class Topics:
    """A producer that is away; while it `holds`, what it was given neither fails nor arrives."""

    def __init__(self) -> None:
        self.changes = Changes()
        self.holds = False
        self.held: list[asyncio.Future[None]] = []

    @property
    def inner(self) -> Topics:
        return self

    async def send(self, *_: object) -> asyncio.Future[None]:
        self.held.append(asyncio.get_running_loop().create_future())
        if not self.holds:
            self.fail()
        self.changes.happened()
        return self.held[-1]

    def fail(self) -> None:
        """Nothing that was given has arrived."""
        for delivery in self.held:
            if not delivery.done():
                delivery.set_exception(KafkaConnectionError("away"))


BODIES: dict[str, dict[str, object]] = {
    "CampaignBody": {
        "title": "x",
        "benefit": {"kind": "amount", "value": 1, "text": "x"},
        "stock": 1,
        "opensAt": "2026-12-01T12:00:00Z",
        "closesAt": "2026-12-01T13:00:00Z",
        "validDays": 1,
    },
    "CampaignChangeBody": {"title": "x"},
    "ChangeBody": {"name": "x"},
    "ClaimBody": {},
    "AppealBody": {},
    "ContentBody": {"contentId": "0199c0de-0000-7000-8000-00000000000a", "title": "x", "body": "x"},
    "ContentChangeBody": {"version": 1, "title": "x"},
    "DecisionBody": {"version": 1, "decision": "accept", "reason": "x"},
    "DropBody": {"reason": "x"},
    "EditBody": {"message": "x"},
    "Farewell": {"password": "correct horse"},
    "InviteBody": {"userId": "jieun"},
    "LoginBody": {"userId": "jieun", "password": "correct horse"},
    "MessageBody": {"message": "x"},
    "NoticeBody": {"text": "x"},
    "PreviewBody": {"body": "x"},
    "ProfileBody": {"name": "x"},
    "ReadBody": {"seq": 1},
    "RefreshBody": {"refreshToken": "x"},
    "ReplayBody": {},
    "RoomBody": {"kind": "group"},
    "UseBody": {"reference": "x"},
    "Signup": {"userId": "jieun", "password": "correct horse", "name": "x"},
}
PATH = {
    "userId": "jieun",
    "word": "apple",
    "topic": MESSAGE.request.name,
    "letterId": f"{MESSAGE.dlq.name}:0:0",
    "traceId": "4bf92f3577b34da6a3ce929d0e0e4736",
    "panel": "messages",
    "dashboard": "chat",
}


@dataclass
class Served:
    """A running front-auth, which serves every public call, and two logins."""

    client: TestClient[Request, Application]
    calls: dict[Call, Operation]
    topics: Topics
    tokens: list[str]

    def body_of(self, call: Call) -> dict[str, object]:
        """A body that the call takes; a new kind of body needs an example above."""
        model = self.calls[call].body
        return {} if model is None else BODIES[model.__name__]

    async def ask(self, call: Call, *, login: int | None = 0, **more: Any) -> ClientResponse:
        """A call as it should be made, but for what `more` changes of it."""
        method, path = call
        described = self.calls[call]
        if described.body is not None and not {"json", "data"} & more.keys():
            more["json"] = self.body_of(call)
        query = {name: "ab" for name in ("q", "tag") if has(described, name)}
        more["params"] = query | more.pop("params", {})
        headers = {} if login is None else bearer(self.tokens[login])
        headers |= more.pop("headers", {})
        return await self.client.request(method, filled(path), headers=headers, **more)

    @property
    def own(self) -> list[Call]:
        """The calls that need a login."""
        return [call for call, described in self.calls.items() if not described.public]

    @property
    def with_body(self) -> list[Call]:
        return [call for call, described in self.calls.items() if described.body is not None]

    async def faults(self, calls: list[Call], **more: Any) -> dict[Call, tuple[int, str]]:
        """Status and code of each call's answer, which must be an error in the envelope."""
        return {call: (await fault_of(await self.ask(call, **more)))[:2] for call in calls}


def filled(path: str) -> str:
    """The path with something for each parameter; ids are new ones."""
    return re.sub(r"\{(\w+)\}", lambda name: PATH.get(name[1], str(uuid4())), path)


def has(described: Operation, name: str) -> bool:
    """True when the call's query has the parameter."""
    return described.query is not None and name in described.query.model_fields


@asynccontextmanager
async def whole_interface(folder: Path) -> AsyncIterator[Served]:
    """Serve it; one wish fills the line of its topic."""
    settings = load_settings(
        service="front-auth",
        auth=AuthSettings(keys_dir=folder),
        kafka={"partitions": 1},
        limits=LimitSettings(pending_per_partition=1),
        postgres={
            "auth": AWAY,
            "chat": {"chat0": AWAY},
            "others": {name: {name: AWAY} for name in ("friend", "coupon", "content")},
        },
        web={"public_url": ORIGIN},
    )
    keys.ensure_keys(folder)
    front = Composition(settings)
    front.process.databases.homes[0] = "chat0"
    topics = Topics()
    front.app.producer = topics  # type: ignore[assignment]  # what wishes need of one
    app = Application(client_max_size=settings.limits.body_bytes)
    for hook in front.app.web_hooks:
        hook(app)
    app.on_response_prepare.append(rows.note)
    issuer = JwtIssuer(KeyRing(folder), settings.auth)
    people = [Account(str(uuid4()), who, who, "operator", "") for who in ("minsu", "alex")]
    calls = {
        (method, path): described
        for method, path, handler in routes_of(app)
        if (described := described_by(handler)) is not None and method != "HEAD"
    }
    async with TestClient(EdgeServer(app)) as client:
        tokens = [issuer.issue(each, str(uuid4())) for each in people]
        yield Served(client, calls, topics, tokens)
