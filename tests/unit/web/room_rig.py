"""Rooms and messages over HTTP, on fakes that judge rooms as the agent does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import ClientResponse
from aiohttp.web import Application

from chatstream.domain.lines import Identity
from chatstream.domain.rooms import Person as Account
from chatstream.errors import UserError
from chatstream.ports.rooms import ShownPerson
from chatstream.settings import LimitSettings
from schemas import records
from schemas.contexts.messages import MESSAGE
from tests.fakes.room_store import FakeRoomStore, RoomWishes
from tests.fakes.rooms import FakeRooms
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.edge import Edge, bearer, fault_of
from web import participants, rooms
from web.edge.rates import MessageRates

ENDPOINT = "ws://chat.example/stomp/chat"


@dataclass
class ChatWishes:
    """Carries out wishes for rooms and messages at once; `refusal` answers a message.

    A message id that came before is a repeat: `seqs` holds where each was stored.
    """

    rooms: RoomWishes
    reader: FakeRooms
    said: list[records.SendMessage] = field(default_factory=list)
    refusal: records.MessageRefused | UserError | None = None
    seqs: dict[Identity, int] = field(default_factory=dict)

    @property
    def asked(self) -> list[records.RoomWish]:
        return self.rooms.asked

    async def ask(self, topic: str, wish: Any) -> object:
        if not isinstance(wish, records.SendMessage):
            return await self.rooms.ask(topic, wish)
        assert (topic, wish.key) == (MESSAGE.request.name, wish.room_id)
        assert wish.identity == (wish.room_id, wish.account_id, wish.message_id)
        self.said.append(wish)
        if isinstance(self.refusal, UserError):
            raise self.refusal
        if self.refusal is not None:
            return self.refusal
        if wish.identity in self.seqs:
            return said_before(self.reader.record(wish.room_id, self.seqs[wish.identity]))
        stored = self.reader.say(wish.room_id, wish.account_id, wish.message)
        self.seqs[wish.identity] = stored.seq
        return stored

    def congested(self, key: str) -> bool:
        return False


@dataclass
class Rig:
    """The edge, what is behind it, and the headers of each login."""

    edge: Edge
    rooms: FakeRooms
    store: FakeRoomStore
    wishes: ChatWishes
    logins: dict[str, dict[str, str]]

    async def add(self, *user_ids: str) -> None:
        """Accounts that the chat side knows."""
        for user_id in user_ids:
            self.logins[user_id] = bearer((await self.edge.tokens(user_id))["accessToken"])
            account = self.edge.accounts.by_handle[user_id].account
            self.store.people[account.account_id] = Account(
                account.account_id, user_id, account.name
            )
            self.rooms.people[user_id] = ShownPerson(account.account_id, user_id, account.name)

    def account(self, user_id: str) -> str:
        return self.rooms.people[user_id].account_id

    def block(self, blocker: str, blocked: str) -> None:
        self.store.blocks.add((self.account(blocker), self.account(blocked)))

    async def call(
        self, who: str, method: str, path: str, body: object | None = None
    ) -> ClientResponse:
        return await self.edge.client.request(method, path, json=body, headers=self.logins[who])

    async def make(self, who: str, kind: str, *people: str, name: str | None = "방") -> str:
        """A room; returns its id."""
        body = {"kind": kind, "participants": people} | ({"name": name} if name else {})
        response = await self.call(who, "POST", "/chat", body)
        assert response.status == 201, await response.text()
        room_id: str = (await response.json())["roomId"]
        return room_id

    async def direct(self, who: str, other: str) -> ClientResponse:
        return await self.call(who, "POST", "/chat", {"kind": "direct", "participants": [other]})


async def room_rig(make_edge: MakeEdge, **limits: Any) -> Rig:
    """The edge with minsu, jun.ho and eve."""
    reader, store = FakeRooms(), FakeRoomStore()
    wishes = ChatWishes(RoomWishes(store, reader.follow), reader)

    def routes(app: Application) -> None:
        rates = MessageRates(LimitSettings(**limits))
        rooms.register(app, rooms.RoomPorts(wishes, reader, rates), ENDPOINT)
        participants.register(app, participants.ParticipantPorts(wishes, reader))

    made = Rig(await make_edge(routes), reader, store, wishes, {})
    await made.add("minsu", "jun.ho", "eve")
    return made


def said_before(stored: records.MessageStored) -> records.MessageStored:
    """The outcome of a repeat."""
    return msgspec.structs.replace(stored, repeated=True, former_rev=0)


async def code(response: ClientResponse) -> tuple[int, str]:
    status, name, _ = await fault_of(response)
    return status, name
