"""What the overview asks, of real servers: Kafka's partitions, the log's last hour, databases."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from chatstream.domain.documents import LOGS, Document
from chatstream.errors import TransientFailure
from chatstream.settings import ElasticSettings, KafkaSettings, PostgresSettings, load_settings
from infra.elastic.client import connect
from infra.elastic.pulse import MINUTES, ElasticPulse
from infra.elastic.sink import ElasticDocuments
from infra.elastic.templates import ensure_templates
from infra.embedded.stack import Stack
from infra.kafka.cluster import KafkaCluster
from infra.kafka.topics import TopicAdmin
from infra.postgres.answering import every_database
from schemas.catalogue import TOPICS
from tests.contract.test_documents_and_search import ElasticInside
from tests.servers import elastic_of

pytestmark = pytest.mark.servers


async def test_the_cluster_tells_its_partitions(servers: Stack) -> None:
    settings = KafkaSettings(bootstrap_servers=servers.bootstrap)
    async with TopicAdmin(settings) as topics:
        await topics.create()
    cluster = KafkaCluster(settings)
    try:
        sample = await cluster.partitions()
        assert await cluster.partitions() == sample
    finally:
        await cluster.close()
    assert sample.topics >= len(TOPICS)
    assert sample.partitions >= len(TOPICS) * settings.partitions
    assert sample.brokers == dict.fromkeys(sample.brokers, sample.partitions)
    assert (sample.lacking, sample.leaderless, list(sample.named)) == (0, 0, [])


async def test_a_cluster_that_is_away_is_an_outage_within_the_callers_time(servers: Stack) -> None:
    nowhere = KafkaSettings(bootstrap_servers="127.0.0.1:1")
    with pytest.raises((TransientFailure, TimeoutError)):
        async with asyncio.timeout(1.0):
            await KafkaCluster(nowhere).partitions()


async def test_the_log_tells_lines_errors_and_the_newest(servers: Stack) -> None:
    settings = elastic_of(servers)
    inside = ElasticInside(settings)
    await ensure_templates(inside.client)
    now, service, dataset = datetime.now(UTC), f"s{uuid4().hex}", f"d{uuid4().hex[:8]}.x"

    def line(number: int, ago: timedelta, level: str) -> Document:
        at = now - ago
        body = {
            "@timestamp": at.isoformat().replace("+00:00", "Z"),
            "message": "line",
            "log": {"level": level},
            "event": {"id": f"{number}-{service}", "dataset": dataset},
            "service": {"name": service},
        }
        return Document(f"{LOGS}-{at:%Y.%m.%d}", f"{number}-{service}", body)

    try:
        written = await ElasticDocuments(inside.client, settings).write(
            [
                line(1, timedelta(seconds=5), "info"),
                line(2, timedelta(seconds=10), "error"),
                line(3, timedelta(minutes=30), "critical"),
                line(4, timedelta(minutes=70), "error"),
            ]
        )
        assert (written.refused, written.delayed) == ({}, {})
        await inside.refresh()
        sample = await ElasticPulse(inside.client, settings).pulse()
    finally:
        await inside.client.close()
    assert sample.rates[service] == 2 / MINUTES
    assert sample.errors[service] == 2
    assert sample.newest[dataset] == pytest.approx(now.timestamp() - 5, abs=0.01)


async def test_a_server_answers_or_is_an_outage(servers: Stack) -> None:
    client = connect(ElasticSettings(url=servers.elastic_url))
    away = connect(ElasticSettings(url="http://127.0.0.1:1"))
    try:
        await ElasticPulse(client, elastic_of(servers)).answer()
        with pytest.raises(TransientFailure):
            await ElasticPulse(away, ElasticSettings()).answer()
    finally:
        await client.close()
        await away.close()


async def test_every_database_is_asked_by_its_name(servers: Stack) -> None:
    settings = load_settings(postgres=PostgresSettings.of(servers.endpoints.dsns))
    databases = every_database(settings)
    try:
        others = ("content", "coupon", "friend")
        assert sorted(databases) == ["auth", *sorted(settings.postgres.chat), *others]
        await asyncio.gather(*(each.answer() for each in databases.values()))
    finally:
        await asyncio.gather(*(each.close() for each in databases.values()))
