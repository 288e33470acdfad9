"""What the real servers write is read back into fields, line by line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
import psycopg2
import pytest

from chatstream.domain.log_lines import read
from chatstream.domain.log_lines.datasets import ELASTICSEARCH, KAFKA, POSTGRES, SUPERVISOR
from infra.embedded import elasticsearch, kafka, postgres
from infra.embedded.layout import LOOPBACK
from infra.embedded.stack import Stack
from tests.client.waiting import eventually

Found = Mapping[str, Any]
WRITERS = {
    kafka.NAME: KAFKA,
    elasticsearch.NAME: ELASTICSEARCH,
    "supervisord": SUPERVISOR,
    **dict.fromkeys(postgres.SERVERS, POSTGRES),
}
NAMELESS = "planted-database"


async def lines_of(stack: Stack, name: str) -> list[str]:
    text = await asyncio.to_thread(stack.layout.log_file(name).read_text)
    return [line for line in text.split("\n") if line]


async def said(stack: Stack, name: str, fits: Callable[[Found], bool]) -> Found:
    """The first line of a server that fits, as soon as it is written."""

    async def found() -> Found | None:
        lines = [read(WRITERS[name], line) for line in await lines_of(stack, name)]
        return next((each for each in lines if fits(each)), None)

    there: Found = await eventually(found)
    return there


@pytest.mark.parametrize("name", WRITERS)
async def test_what_a_server_says_at_its_start_has_time_level_and_message(
    servers: Stack, name: str
) -> None:
    lines = (await lines_of(servers, name))[:5]
    assert len(lines) > 1
    for line in lines:
        found = read(WRITERS[name], line)
        assert {"@timestamp", "message", "log"} <= found.keys(), line
        assert found["log"]["level"] in ("debug", "info", "warning", "error", "critical")


async def test_a_stack_of_kafka_is_part_of_its_line(servers: Stack) -> None:
    """Bytes that are no request: Kafka says so, with the exception."""
    port = int(servers.bootstrap.rpartition(":")[2])
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    writer.write(b"\x7f\xff\xff\xff" + b'"\n\\' * 100)
    await writer.drain()
    await asyncio.wait_for(reader.read(), 20)
    writer.close()
    told = await said(servers, kafka.NAME, lambda found: "error" in found)
    stack = told["error"]["stack_trace"]
    assert "InvalidReceiveException" in stack
    assert "\tat org.apache.kafka." in stack
    assert told["log"] == {"level": "warning", "logger": "org.apache.kafka.common.network.Selector"}
    assert "network-thread" in told["process"]["thread"]["name"]


async def test_of_a_failure_in_a_session_of_postgres_the_state_is_told(servers: Stack) -> None:
    server = next(iter(servers.servers.postgres.values()))
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(server.dsn(NAMELESS))
    # Others' sessions fail meanwhile as well, each with a state of its own.
    told = await said(
        servers, server.name, lambda found: found.get("error", {}).get("code") == "3D000"
    )
    assert told["message"] == "FATAL: SQLSTATE 3D000"
    assert (told["process"]["name"], told["log"]["level"]) == ("client backend", "error")


async def test_what_elasticsearch_does_is_told_with_its_logger(servers: Stack) -> None:
    index = "chatstream-planted-lines"
    async with aiohttp.ClientSession() as http:
        for method in ("PUT", "DELETE"):
            async with http.request(method, f"{servers.elastic_url}/{index}") as response:
                assert response.status == 200
    told = await said(
        servers, elasticsearch.NAME, lambda found: f"[{index}] creating index" in found["message"]
    )
    assert told["log"]["level"] == "info"
    assert "MetadataCreateIndexService" in told["log"]["logger"]
    assert not list(servers.layout.log.glob("elasticsearch/*"))
