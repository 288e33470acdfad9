"""The operators' calls of the log and of the topics over what they are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from aiohttp.web import Application

from chatstream.ports.accounts import Profile
from chatstream.ports.rooms import ShownPerson
from schemas.contexts.log import LOOK
from tests.fakes.people import FakeProfiles
from tests.fakes.producing import PARTITIONS, Producer, app_over
from tests.fakes.rooms import FakeRooms
from tests.fakes.topics import GivenLog, GivenRecords
from tests.unit.web.edge import Edge, bearer
from web import ops_log, ops_pages, ops_panels, ops_topics, ops_traces, pages
from web.looks import Looks

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = b"00-%s-00f067aa0ba902b7-01" % TRACE.encode()


@dataclass
class OpsRig:
    """`boss` is an operator, `minsu` is none; `boss_id` is that account's id."""

    edge: Edge
    producer: Producer
    rooms: FakeRooms
    profiles: FakeProfiles
    topics: GivenRecords
    log: GivenLog
    operator: Mapping[str, str]
    user: Mapping[str, str]
    boss_id: str

    async def get(self, path: str, headers: Mapping[str, str] | None = None, **query: Any) -> Any:
        return await self.edge.client.get(
            path, params=query, headers=headers or self.operator, allow_redirects=False
        )

    async def read(self, path: str, **query: Any) -> Any:
        response = await self.get(path, **query)
        assert response.status == 200, await response.text()
        return await response.json()

    @property
    def looks(self) -> list[Any]:
        """The looks that are on Kafka."""
        return self.producer.told(LOOK.event.name)


async def ops_rig(make_edge: Any) -> OpsRig:
    producer, rooms, profiles = Producer(), FakeRooms(), FakeProfiles()
    topics, log = GivenRecords(), GivenLog()

    def routes(app: Application) -> None:
        looks = Looks(app_over(producer), patience=1.0)
        ops_log.register(app, ops_log.LogPorts(log, looks, rooms, profiles, ops_pages.log))
        ops_panels.register(app, ops_panels.PanelPorts(log, looks, rooms, profiles))
        ops_traces.register(app, ops_traces.TracePorts(log, topics, looks, rooms, profiles))
        ops_topics.register(
            app,
            ops_topics.TopicPorts(topics, looks, rooms, profiles, ops_pages.topics, PARTITIONS),
        )
        pages.register(app)

    edge: Edge = await make_edge(routes)
    user = bearer((await edge.tokens())["accessToken"])
    operator = await edge.operator()
    boss = edge.accounts.by_handle["boss"].account.account_id
    return OpsRig(edge, producer, rooms, profiles, topics, log, operator, user, boss)


async def know(rig: OpsRig, account_id: str, handle: str, name: str) -> None:
    """Somebody who is there now."""
    assert UUID(account_id)
    rig.rooms.people[handle] = ShownPerson(account_id, handle, name)
    await rig.profiles.keep([Profile(account_id, 1, handle, name)])
