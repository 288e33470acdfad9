"""Reading records at any place of a real topic."""

from __future__ import annotations

import time
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer

from chatstream.errors import TransientFailure
from chatstream.ports.topics import HeldRecord, RecordsWanted
from chatstream.settings import KafkaSettings
from infra.embedded.stack import Stack
from infra.kafka import records as reading
from infra.kafka.records import KafkaRecords
from infra.kafka.topics import TopicAdmin

pytestmark = pytest.mark.servers
TRACE = uuid4().hex
MANY = 7


@pytest.fixture
def settings(servers: Stack) -> KafkaSettings:
    return KafkaSettings(bootstrap_servers=servers.bootstrap)


@pytest.fixture
async def topic(settings: KafkaSettings) -> str:
    """A topic of the test's own, 8 records a partition: 'a' and 'b' in turn, minutes apart."""
    from aiokafka.admin import NewTopic

    name = f"test.looking.{uuid4().hex[:8]}"
    async with TopicAdmin(settings) as admin:
        await admin._client.create_topics([NewTopic(name, settings.partitions, 1)])
    producer = AIOKafkaProducer(bootstrap_servers=settings.bootstrap_servers)
    await producer.start()
    try:
        for number in range(8):
            for partition in range(settings.partitions):
                key = b"ab"[number % 2 : number % 2 + 1]
                at = START + 60_000 * number + partition
                headers = [("traceparent", f"00-{TRACE}-{'1' * 16}-01".encode())]
                await producer.send_and_wait(
                    name,
                    f"{partition}:{number}".encode(),
                    key,
                    partition,
                    at,
                    headers if (partition, number) == (2, 5) else [],
                )
    finally:
        await producer.stop()
    return name


START = (int(time.time()) - 3600) * 1000


def values(found: list[HeldRecord]) -> list[str]:
    return [(each.value or b"").decode() for each in found]


async def pages(reader: KafkaRecords, **wanted: object) -> list[list[str]]:
    """All pages of a question."""
    found: list[list[str]] = []
    bounds: object = wanted.pop("bounds", {})
    while bounds is not None:
        page = await reader.read(RecordsWanted(bounds=bounds, **wanted))  # type: ignore[arg-type]
        found.append(values(list(page.records)))
        bounds = page.bounds
        assert len(found) < 100
    return found


async def test_the_newest_records_of_all_partitions_come_first_page_by_page(
    settings: KafkaSettings, topic: str
) -> None:
    numbers = tuple(range(settings.partitions))
    found = await pages(KafkaRecords(settings), topic=topic, partitions=numbers, limit=MANY)
    whole = [f"{partition}:{number}" for number in range(8) for partition in numbers][::-1]
    assert [each for page in found for each in page] == whole
    assert all(len(page) == MANY for page in found[:-1])


async def test_records_are_read_from_an_offset_and_from_a_time_on(
    settings: KafkaSettings, topic: str
) -> None:
    reader = KafkaRecords(settings)
    by_offset = await pages(
        reader, topic=topic, partitions=(3,), limit=3, is_forward=True, bounds={3: 2}
    )
    assert by_offset == [["3:2", "3:3", "3:4"], ["3:5", "3:6", "3:7"]]
    at = START + 60_000 * 6
    by_time = await pages(reader, topic=topic, partitions=(0, 1), limit=3, is_forward=True, at=at)
    assert by_time == [["0:6", "1:6", "0:7"], ["1:7"]]
    late = await pages(
        reader, topic=topic, partitions=(0,), limit=3, is_forward=True, at=START + 10**9
    )
    assert late == [[]]
    beyond = RecordsWanted(
        topic=topic, partitions=(0,), limit=3, is_forward=True, bounds={0: 10**12}
    )
    assert (await reader.read(beyond)).records == []


async def test_a_key_is_looked_for_and_says_how_far_it_looked(
    settings: KafkaSettings, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = KafkaRecords(settings)
    asked = {"topic": topic, "partitions": (1,), "limit": 3, "key": b"b"}
    assert await pages(reader, **asked) == [["1:7", "1:5", "1:3"], ["1:1"]]
    monkeypatch.setattr(reading, "_BLOCK", 2)
    monkeypatch.setattr(reading, "SCANNED_MOST", 4)
    page = await reader.read(RecordsWanted(**{**asked, "key": b"c"}))  # type: ignore[arg-type]
    assert (list(page.records), page.scanned, page.bounds) == ([], 4, {1: 4})
    assert await pages(reader, **{**asked, "key": b"a"}) == [["1:6", "1:4"], ["1:2", "1:0"]]


async def test_a_traces_record_is_found_by_its_header(settings: KafkaSettings, topic: str) -> None:
    wanted = RecordsWanted(
        topic=topic,
        partitions=(2,),
        limit=5,
        is_forward=True,
        at=START,
        header=("traceparent", TRACE.encode()),
    )
    assert values(list((await KafkaRecords(settings).read(wanted)).records)) == ["2:5"]


async def test_how_far_topics_reach(settings: KafkaSettings, topic: str) -> None:
    spans = (await KafkaRecords(settings).spans([topic]))[topic]
    assert [(each.partition, each.begin, each.end) for each in spans] == [
        (number, 0, 8) for number in range(settings.partitions)
    ]


async def test_a_broker_that_is_away_is_a_passing_failure() -> None:
    settings = KafkaSettings(bootstrap_servers="127.0.0.1:9")
    with pytest.raises(TransientFailure):
        await KafkaRecords(settings).spans(["any"])
