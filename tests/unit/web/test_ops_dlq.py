"""/ops/dlq: what operators see of dead letters, and what they do about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from aiohttp import web
from aiohttp.web import Application
from aiokafka.errors import KafkaConnectionError

from chatstream.domain.dead_letters import LETTER, Failure, Original, Place, letter_headers
from chatstream.ports.topics import HeldRecord, PartitionSpan, RecordsFound, RecordsWanted
from infra.kafka.dead_letters import KafkaDeadLetters
from infra.kafka.producer import Outgoing
from schemas.contexts.log import APP, LOOK
from schemas.contexts.messages import MESSAGE
from tests.fakes.producing import PARTITIONS, Producer, app_over
from tests.fakes.rooms import FakeRooms
from tests.unit.web.edge import Edge, bearer
from web import ops_dlq, pages
from web.looks import Looks

SECRET = "비밀 이야기"
ID = f"{MESSAGE.dlq.name}:3:0"


class Broker:
    """Topics in memory, as far as dead letters ask of them; `asked` are those that were."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, int], list[HeldRecord]] = {}
        self.asked: list[str] = []

    async def put(self, outgoing: Sequence[Outgoing]) -> None:
        for each in outgoing:
            place = self.held.setdefault((each.topic, each.partition), [])
            at = 1_800_000_000_000 + len(place)
            place.append(
                HeldRecord(each.partition, len(place), at, each.key, each.value, each.headers)
            )

    async def spans(self, topics: Sequence[str]) -> dict[str, list[PartitionSpan]]:
        self.asked += topics
        return {topic: [self._span(topic, each) for each in range(8)] for topic in topics}

    def _span(self, topic: str, partition: int) -> PartitionSpan:
        return PartitionSpan(partition, 0, len(self.held.get((topic, partition), ())))

    async def read(self, wanted: RecordsWanted) -> RecordsFound:
        self.asked.append(wanted.topic)
        found = [
            record
            for partition in wanted.partitions
            for record in self.held.get((wanted.topic, partition), [])
            if record.offset >= wanted.bounds.get(partition, 0)
        ]
        return RecordsFound(found[: wanted.limit], [], None, len(found))


class DlqRig:
    def __init__(
        self, edge: Edge, broker: Broker, operator: Any, user: Any, producer: Producer
    ) -> None:
        self.edge, self.broker, self.operator, self.user = edge, broker, operator, user
        self.producer = producer

    async def call(self, method: str, path: str, status: int = 200, **more: Any) -> Any:
        headers = more.pop("headers", self.operator)
        response = await self.edge.client.request(method, path, headers=headers, **more)
        assert response.status == status, await response.text()
        return await response.json()


@pytest.fixture
async def rig(make_edge: Any) -> DlqRig:
    broker, producer = Broker(), Producer()
    failure = Failure(reason=SECRET, kind="invalid", service="chat", reader="chat.messages")
    original = Original(key=b"k", value=f'{{"message": "{SECRET}"}}'.encode())
    headers = letter_headers(Place(MESSAGE.request.name, 3, 41), failure, original, 1.0)
    await broker.put([Outgoing(MESSAGE.dlq.name, 3, b"k", original.value, headers)])

    async def page(_: web.Request) -> web.StreamResponse:
        return web.Response(text="page")

    def routes(app: Application) -> None:
        letters = KafkaDeadLetters(broker, broker.put, PARTITIONS)
        looks = Looks(app_over(producer), patience=1.0)
        ops_dlq.register(app, ops_dlq.LetterPorts(letters, looks, FakeRooms(), page))
        pages.register(app)

    edge: Edge = await make_edge(routes)
    user = bearer((await edge.tokens())["accessToken"])
    operator = await edge.operator()
    return DlqRig(edge, broker, operator, user, producer)


async def test_a_letter_is_listed_and_shown_without_texts(rig: DlqRig) -> None:
    found = await rig.call("GET", "/ops/dlq?state=waiting")
    assert [each["id"] for each in found["letters"]] == [ID]
    one = await rig.call("GET", f"/ops/dlq/{ID}")
    assert one["letter"]["reader"] == "chat.messages"
    assert SECRET not in str(found) + str(one)
    assert one["hidden"]


async def test_a_look_keeps_nothing_that_a_person_typed(rig: DlqRig) -> None:
    await rig.call("GET", "/ops/dlq/minsu", 404)
    await rig.call("GET", "/ops/dlq/minsu:0:1", 404)
    await rig.call("GET", "/ops/dlq?topic=minsu")
    await rig.call("GET", f"/ops/dlq?topic={MESSAGE.dlq.name}")
    await rig.call("GET", f"/ops/dlq/{ID}")
    assert [each.filters for each in rig.producer.told(LOOK.event.name)] == [
        {"letter": "*"},
        {"letter": "*"},
        {"topic": "*"},
        {"topic": MESSAGE.dlq.name},
        {"letter": ID},
    ]


@pytest.mark.parametrize("path", ["", f"/{ID}", f"/{ID}?wait=true"])
async def test_nothing_is_shown_that_was_not_told(rig: DlqRig, path: str) -> None:
    rig.producer.away = KafkaConnectionError("away")
    fault = await rig.call("GET", f"/ops/dlq{path}", 503)
    assert fault["error"]["code"] == "STORE_UNAVAILABLE"
    assert rig.broker.asked == []
    rig.producer.away = None
    await rig.call("GET", f"/ops/dlq{path}")
    assert rig.broker.asked != []


async def test_of_a_record_that_is_shown_whole_the_reason_is_shown_too(rig: DlqRig) -> None:
    """A line of a log has no texts of people, so that the reason may quote it."""
    failure = Failure(reason="no number", kind="store", service="log", reader="log.app")
    headers = letter_headers(
        Place(APP.event.name, 0, 0), failure, Original(key=None, value=b"{}"), 1.0
    )
    await rig.broker.put([Outgoing(APP.dlq.name, 0, b"", b"{}", headers)])
    one = await rig.call("GET", f"/ops/dlq/{APP.dlq.name}:0:0")
    assert (one["reason"], one["value"], one["hidden"]) == ("no number", {}, [])


async def test_browsers_get_the_page_of_one_too(rig: DlqRig) -> None:
    headers = {**rig.operator, "Accept": "text/html"}
    for path in ("/ops/dlq", f"/ops/dlq/{ID}"):
        response = await rig.edge.client.get(path, headers=headers)
        assert (response.status, await response.text()) == (200, "page")
        assert "Accept" in response.headers["Vary"]


async def test_who_waits_on_is_told_the_outcome_and_looks_once(
    rig: DlqRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ops_dlq, "AWAITED", 0.0)
    await rig.call("POST", f"/ops/dlq/{ID}/replay", json={})
    for _ in range(2):
        one = await rig.call("GET", f"/ops/dlq/{ID}?wait=true")
        assert one["letter"]["outcome"] == "unknown"
    again = letter_headers(
        Place(MESSAGE.request.name, 3, 42),
        Failure(reason="x", kind="invalid"),
        Original(key=None, value=b"", headers=((LETTER, ID.encode()),)),
        1.0,
    )
    await rig.broker.put([Outgoing(MESSAGE.dlq.name, 3, None, b"", again)])
    one = await rig.call("GET", f"/ops/dlq/{ID}?wait=true")
    assert (one["letter"]["outcome"], one["letter"]["again"]) == (
        "deadLettered",
        f"{MESSAGE.dlq.name}:3:1",
    )
    assert len(rig.producer.sent) == 1


async def test_given_up_it_waits_no_more_and_is_not_put_back(rig: DlqRig) -> None:
    told = await rig.call("POST", f"/ops/dlq/{ID}/drop", json={"reason": "old"})
    assert (told["state"], told["droppedBecause"]) == ("dropped", "old")
    assert (await rig.call("POST", f"/ops/dlq/{ID}/replay", json={}))["state"] == "dropped"
    assert not (await rig.call("GET", "/ops/dlq?state=waiting"))["letters"]
    assert not any(topic == MESSAGE.request.name for topic, _ in rig.broker.held)


async def test_what_is_not_there_is_neither_put_back_nor_given_up(rig: DlqRig) -> None:
    missing = f"/ops/dlq/{MESSAGE.dlq.name}:3:999"
    await rig.call("POST", f"{missing}/replay", 404, json={})
    await rig.call("POST", f"{missing}/drop", 404, json={"reason": "old"})


async def test_a_replay_that_comes_to_nothing_yet_says_so(
    rig: DlqRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ops_dlq, "AWAITED", 0.0)
    told = await rig.call("POST", f"/ops/dlq/{ID}/replay", json={})
    assert (told["state"], told["outcome"]) == ("replayed", "unknown")
    assert len(rig.broker.held[MESSAGE.request.name, 3]) == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("GET", f"/{ID}"), ("POST", f"/{ID}/replay"), ("POST", f"/{ID}/drop")],
)
async def test_only_operators_may(rig: DlqRig, method: str, path: str) -> None:
    more = {"json": {"reason": "x"}} if path.endswith("drop") else {"json": {}}
    await rig.call(method, f"/ops/dlq{path}", 403, headers=rig.user, **more)


async def test_what_is_no_letter_is_not_found_and_faults_name_their_field(rig: DlqRig) -> None:
    await rig.call("GET", "/ops/dlq/x", 404)
    await rig.call("POST", "/ops/dlq/x/replay", 404, json={})
    await rig.call("POST", f"/ops/dlq/{ID}/drop", 400, json={"reason": " "})
    await rig.call("GET", "/ops/dlq?from=yesterday", 400)
    await rig.call("GET", "/ops/dlq?from=1960-01-01T00:00:00Z", 400)
    await rig.call("GET", "/ops/dlq?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", 400)
