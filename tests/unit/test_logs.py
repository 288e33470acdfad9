"""No value that an exception quotes gets into a record, whoever logs it and however."""

from __future__ import annotations

import asyncio
import io
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import psycopg2
import pytest
from aiohttp import web
from aiohttp.http_exceptions import BadHttpMessage
from aiohttp.test_utils import TestServer
from aiokafka.cluster import ClusterMetadata
from aiokafka.errors import UnknownTopicOrPartitionError
from aiokafka.protocol.metadata import MetadataResponse_v0

from chatstream import logs
from chatstream.errors import PoisonMessage, TransientFailure
from chatstream.settings import ElasticSettings
from infra.elastic.client import connect
from schemas import codec
from schemas.contexts.messages import MESSAGE
from web.rooms import RoomBody

SECRET = "planted-words-and-tokens"


def of_pydantic() -> None:
    RoomBody.model_validate({"kind": SECRET, SECRET: SECRET})


def of_a_cause() -> None:
    try:
        int(SECRET)
    except ValueError as error:
        raise TransientFailure("chat_0: away") from error


def of_a_group() -> None:
    raise ExceptionGroup("several", [ValueError(SECRET), KeyError(SECRET)])


def raised(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


FAULTS: dict[str, Callable[[], Any]] = {
    "int": lambda: int(SECRET),
    "key": lambda: dict[str, int]()[SECRET],
    "file": lambda: open(f"/nowhere/{SECRET}"),  # noqa: SIM115 (it is not there)
    "unicode": lambda: SECRET.encode("utf-16").decode("ascii"),
    "json": lambda: orjson.loads(f"[{SECRET}"),
    "pydantic": of_pydantic,
    "psycopg2": raised(psycopg2.errors.UniqueViolation(f"Key (word)=({SECRET}) exists")),
    "aiohttp": raised(BadHttpMessage(f"Invalid line: {SECRET}")),
    "a cause": of_a_cause,
    "a group": of_a_group,
}


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What a handler of the root writes; every level, as under `CHATSTREAM_LOG_LEVEL=DEBUG`."""
    hooks = (sys.excepthook, sys.unraisablehook, threading.excepthook)
    levels = {name: logging.getLogger(name).level for name in (*logs.LIBRARIES, *logs.CIRCULAR)}
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    logs.install()
    yield stream
    logging.setLogRecordFactory(logging.LogRecord)
    root.removeHandler(handler)
    root.setLevel(level)
    for name, former in levels.items():
        logging.getLogger(name).setLevel(former)
    sys.excepthook, sys.unraisablehook, threading.excepthook = hooks


@pytest.mark.parametrize("fault", FAULTS)
def test_an_exception_is_told_by_kind_and_place(written: io.StringIO, fault: str) -> None:
    log = logging.getLogger("faust.agents")
    try:
        FAULTS[fault]()
    except Exception as error:
        log.exception("crashed: %r", error)
        log.error("why: %(why)s", {"why": error})
        log.warning(error)
        log.error("again", exc_info=error)
    text = written.getvalue()
    assert SECRET not in text
    assert text.count("Traceback (most recent call last)") >= 2
    assert "test_logs.py" in text


def test_our_own_words_and_the_kind_of_a_foreign_error_stay(written: io.StringIO) -> None:
    log = logging.getLogger("web")
    log.warning("%s", TransientFailure("chat_0: OperationalError 57P01"))
    log.warning("%s", ConnectionRefusedError(111, SECRET))
    text = written.getvalue()
    assert "chat_0: OperationalError 57P01" in text
    assert "ConnectionRefusedError: Connection refused" in text


def test_a_topic_that_is_being_made_is_no_error(
    written: io.StringIO, caplog: pytest.LogCaptureFixture
) -> None:
    missing: Any = (UnknownTopicOrPartitionError.errno, "chatstream-a-changelog", [])
    ClusterMetadata().update_metadata(MetadataResponse_v0([(1, "a", 1)], [missing]))
    (record,) = [each for each in caplog.records if each.name == "aiokafka.cluster"]
    assert record.getMessage() == "Topic chatstream-a-changelog not found in cluster metadata"
    assert record.levelname == "WARNING"
    assert "not found in cluster metadata" in written.getvalue()


async def test_a_task_that_nobody_awaits_is_told_so_too(written: io.StringIO) -> None:
    async def fail() -> None:
        raise ValueError(SECRET)

    task = asyncio.get_running_loop().create_task(fail())
    await asyncio.wait([task])
    del task
    assert "Task exception was never retrieved" in written.getvalue()
    assert "ValueError" in written.getvalue()
    assert SECRET not in written.getvalue()


def test_an_unhandled_exception_is_logged_so(written: io.StringIO) -> None:
    error = ValueError(SECRET)
    sys.excepthook(ValueError, error, None)
    thread = threading.Thread(target=raised(error))
    thread.start()
    thread.join()
    assert written.getvalue().count("ValueError") >= 2
    assert SECRET not in written.getvalue()


def test_libraries_write_no_requests_or_records_at_debug(written: io.StringIO) -> None:
    for name in logs.LIBRARIES:
        logging.getLogger(f"{name}.conn").debug("request: %s", SECRET)
    logging.getLogger("web").debug("ours")
    assert written.getvalue() == "ours\n"


async def test_a_request_to_elasticsearch_that_succeeds_is_no_line(written: io.StringIO) -> None:
    async def health(_request: web.Request) -> web.Response:
        return web.json_response({}, headers={"X-Elastic-Product": "Elasticsearch"})

    app = web.Application()
    app.router.add_get("/_cluster/health", health)
    async with TestServer(app) as server:
        url = str(server.make_url("/")).rstrip("/")
        async with connect(ElasticSettings(url=url)) as client:
            await client.cluster.health()
    assert f"GET {url}/_cluster/health" not in written.getvalue()


@pytest.mark.parametrize(
    "value",
    [
        f'{{"type": "{SECRET}"}}',
        f'{{"type": "sendMessage", "{SECRET}": 1}}',
        f'{{"type": "sendMessage", "roomId": 1, "message": "{SECRET}"}}',
        SECRET,
        f'"{SECRET}"',
    ],
)
def test_a_record_that_is_none_is_not_quoted(value: str) -> None:
    with pytest.raises(PoisonMessage) as refusal:
        codec.decode(MESSAGE.request.name, value.encode())
    assert SECRET not in str(refusal.value)
    assert refusal.value.reason.startswith(f"{MESSAGE.request.name}: ")
