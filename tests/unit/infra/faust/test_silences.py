"""A broker that answers nothing is known, and is left once the cluster names it no more."""

from __future__ import annotations

import asyncio
import math
import time as clock
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.client import AIOKafkaClient, ConnectionGroup
from aiokafka.conn import CloseReason
from aiokafka.errors import KafkaConnectionError

from infra.faust import reconnecting
from infra.faust.reconnecting import CONNECT_WITHIN, PatientAdmin, Refusals, make_patient
from infra.faust.silences import SUSPECT, Silences
from tests.client.waiting import eventually

GROUP = ConnectionGroup.DEFAULT


class Conn:
    """A connection that was asked some questions, by number."""

    def __init__(self, *asked: int) -> None:
        self._requests = [(number, None, None) for number in asked]
        self._last_action = 0.0
        self.closed: list[Any] = []

    def connected(self) -> bool:
        return not self.closed

    def close(self, reason: Any = None) -> None:
        self.closed.append(reason)


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def client(time: Time) -> Any:
    """One that knows the nodes 1, 2 and 3, and asks nobody."""
    made: Any = AIOKafkaClient(bootstrap_servers="127.0.0.1:1,127.0.0.1:2")
    make_patient(made)
    made.silences = Silences(time)
    made.force_metadata_update = lambda: None
    know(made, 1, 2, 3)
    return made


def know(client: Any, *nodes: int) -> None:
    brokers = {node: SimpleNamespace(nodeId=node, host="127.0.0.1", port=node) for node in nodes}
    client.cluster.brokers = lambda: [*brokers.values()]
    client.cluster.broker_metadata = brokers.get


def silence(client: Any, time: Time, *nodes: int) -> None:
    """These have owed an answer for too long."""
    asked = {(node, GROUP): (7, time.now) for node in nodes}
    client.silences.look(asked)
    time.now += SUSPECT + 0.1
    client.silences.look(asked)


async def _holds(what: object) -> bool:
    return bool(what)


def test_who_owes_the_same_answer_for_too_long_is_silent(time: Time) -> None:
    silences = Silences(time)
    for second in range(5):
        time.now = float(second)
        asked = {(1, "a"): 7, (2, "a"): second, (2, "b"): None, (3, "a"): 7}
        silences.look({link: (number, 0.0) for link, number in asked.items()})
    time.now = 4.1
    asked = {(1, "a"): 7, (2, "a"): 4, (2, "b"): None, (3, "a"): 8}
    silences.look({link: (number, 0.0) for link, number in asked.items()})
    assert silences.nodes() == {1}


def test_who_answers_something_else_is_not_silent(time: Time) -> None:
    """A record that waits for its copies, or a member that waits for its group."""
    silences = Silences(time)
    for second in range(5):
        time.now = float(second)
        silences.look({(1, "a"): (7, 0.0), (1, "b"): (second, time.now), (2, "a"): (7, 0.0)})
    assert silences.nodes() == {2}


def test_a_fetch_that_waits_for_records_is_not_silence(time: Time) -> None:
    silences = Silences(time)
    silences.look({(1, "a"): (7, 0.0)})
    time.now = 1.5  # Faust's longest wait for records
    silences.look({(1, "a"): (7, 0.0)})
    assert silences.nodes() == set()


def test_a_closed_connection_owes_nothing(time: Time) -> None:
    silences = Silences(time)
    silences.look({(1, "a"): (7, 0.0)})
    time.now = 10.0
    silences.look({})
    assert silences.nodes() == set()


async def test_a_silent_node_is_left_when_the_cluster_names_it_no_more(
    client: Any, time: Time
) -> None:
    group = ConnectionGroup.COORDINATION
    conns = {(1, GROUP): Conn(7), (1, group): Conn(), (2, GROUP): Conn(8), (3, GROUP): Conn()}
    client._conns = dict(conns)
    silence(client, time, 1, 2)
    client._leave(client.silences.nodes())
    assert [conn.closed for conn in conns.values()] == [[], [], [], []], "it may come back"
    know(client, 2, 3)
    client._leave(client.silences.nodes())
    left = [[CloseReason.CONNECTION_TIMEOUT]] * 2
    assert [conn.closed for conn in conns.values()] == [*left, [], []]


async def test_it_looks_as_long_as_it_is_open(
    client: Any, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asyncio.Event()
    monkeypatch.setattr(reconnecting, "LOOK", 0.001)

    async def bootstrap(_client: Any) -> None:
        return None

    monkeypatch.setattr(AIOKafkaClient, "bootstrap", bootstrap)
    client.force_metadata_update = asked.set
    conn = Conn(7)
    client._conns = {(1, GROUP): conn}
    await client.bootstrap()
    await eventually(lambda: _holds(client.silences._owed))
    time.now = SUSPECT + 0.1
    await asyncio.wait_for(asked.wait(), 5)
    know(client, 2, 3)
    await eventually(lambda: _holds(conn.closed))
    client._conns = {}
    await client.close()
    assert client._looking is None


async def test_no_server_is_waited_for_long_at_the_start(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited = []

    async def bootstrap(asking: Any) -> None:
        waited.append(asking._request_timeout_ms)
        raise KafkaConnectionError

    monkeypatch.setattr(AIOKafkaClient, "bootstrap", bootstrap)
    before = client._request_timeout_ms
    with pytest.raises(KafkaConnectionError):
        await client.bootstrap()
    assert waited == [CONNECT_WITHIN * 1000]
    assert client._request_timeout_ms == before > CONNECT_WITHIN * 1000
    assert client._looking is None


async def test_a_question_to_anybody_is_asked_of_who_answers(client: Any, time: Time) -> None:
    silence(client, time, 1, 3)
    assert {client.get_random_node() for _ in range(20)} == {2}
    client.silences.look({})
    client.refusals.refused(2)
    assert {client.get_random_node() for _ in range(20)} == {1, 3}
    silence(client, time, 1, 2, 3)
    assert client.get_random_node() in {1, 2, 3}, "somebody must be asked"
    know(client)
    assert client.get_random_node() is None


@pytest.mark.parametrize(
    ("servers", "silent", "asked"),
    [
        ("127.0.0.1:1,127.0.0.1:2", (1,), {2, 3}),
        ("127.0.0.1:1,127.0.0.1:2", (1, 2, 3), set()),
        ("127.0.0.1:1", (1,), {2, 3}),
        ("127.0.0.1:1", (1, 2, 3), {1, 2, 3}),
    ],
    ids=["others", "named", "others of one", "nobody else"],
)
async def test_who_is_silent_is_not_asked_about_the_cluster(
    servers: str,
    silent: tuple[int, ...],
    asked: set[int],
    client: Any,
    time: Time,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried = set()

    async def connect(_client: Any, node: int, **_: Any) -> Any:
        tried.add(node)

    async def refuse(*_: Any, **__: Any) -> Any:
        raise OSError

    monkeypatch.setattr(AIOKafkaClient, "_get_conn", connect)
    monkeypatch.setattr(reconnecting, "create_conn", refuse)
    # The silent one first: when all others have refused, it is the turn of whoever is left.
    monkeypatch.setattr("aiokafka.client.random.shuffle", list.sort)
    client._bootstrap_servers = servers
    silence(client, time, *silent)
    assert not await client._metadata_update(client.cluster, ())
    assert tried == asked
    tried.clear()
    await client._get_conn(1)
    assert tried == {1}, "what only it can answer is asked of it"


class Link:
    """A connection to a server of the settings."""

    def __init__(self, brokers: list[str]) -> None:
        self.brokers = brokers
        self.closed = False

    async def send(self, _request: Any) -> Any:
        return SimpleNamespace(brokers=self.brokers)

    def close(self) -> None:
        self.closed = True


async def test_when_nobody_known_answers_the_servers_of_the_settings_are_asked(
    client: Any, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the cluster had named one broker only, which has gone since."""
    tried: list[int] = []
    links: list[Link] = []
    told: list[Any] = []

    async def connect(host: str, port: int, **_: Any) -> Link:
        tried.append(port)
        if port == 1:
            raise ConnectionRefusedError
        links.append(Link([] if port == 2 else ["a broker"]))
        return links[-1]

    monkeypatch.setattr(reconnecting, "create_conn", connect)
    client._bootstrap_servers = "127.0.0.1:1,127.0.0.1:2,127.0.0.1:3"
    client.cluster.update_metadata = told.append
    know(client, 1)
    silence(client, time, 1)
    assert await client._metadata_update(client.cluster, {"a topic"})
    assert [answer.brokers for answer in told] == [["a broker"]]
    assert 1 not in tried, "who is silent is asked last"
    know(client)
    client.silences.look({})
    tried.clear()
    client.refusals = Refusals()
    client.refusals.refused(("127.0.0.1", 3))
    assert await client._ask_named(client.cluster, ())
    assert tried[-1] == 3, "who refused is asked after all others"
    assert all(link.closed for link in links)


async def test_while_brokers_are_missing_the_cluster_is_asked_now_and_then(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client._asked = -math.inf
    assert not client._lacks_brokers(), "three are known, and two were named"
    know(client, 1)
    assert client._lacks_brokers()
    client._asked = clock.monotonic()
    assert not client._lacks_brokers(), "it was asked a moment ago"


async def test_nobody_waits_long_for_a_connection_or_for_the_metadata(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: Any, **__: Any) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(AIOKafkaClient, "_get_conn", never)
    monkeypatch.setattr(reconnecting, "CONNECT_WITHIN", 0.01)
    assert await asyncio.wait_for(client._get_conn(1), 5) is None
    assert client.refusals.seconds(1) > 0
    monkeypatch.setattr(AIOKafkaClient, "_metadata_update", never)
    monkeypatch.setattr(reconnecting, "create_conn", never)
    monkeypatch.setattr(reconnecting, "METADATA_WITHIN", 0.01)
    assert not await asyncio.wait_for(client._metadata_update(client.cluster, ()), 5)


async def test_admin_clients_are_patient_too() -> None:
    admin: Any = PatientAdmin(bootstrap_servers="127.0.0.1:1")
    assert isinstance(admin._client, reconnecting.PatientClient)
    await admin.close()
