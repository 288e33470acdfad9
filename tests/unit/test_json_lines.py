"""Whatever is logged, by whom, in whatever words: one line, one document, its own id."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream import logs
from chatstream.domain.log_lines import read
from chatstream.domain.log_lines.bounds import LINE_BYTES
from chatstream.domain.log_lines.datasets import APP
from chatstream.domain.log_lines.readable import readable
from chatstream.domain.times import from_text, to_text
from chatstream.json_lines import JsonLines, LineHandler, level_name, speak_as
from infra.tracing import within

LINES = JsonLines("chat", "chat-1")
TRACEPARENT = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
HALF = "\ud83d"
PLANTED = "planted-words"


def formatted(message: object, *arguments: object, level: int = 20, **more: Any) -> dict[str, Any]:
    text = LINES.format(logging.LogRecord("web", level, "", 0, message, arguments, None, **more))
    assert "\n" not in text
    assert len(text.encode()) < LINE_BYTES
    found: dict[str, Any] = json.loads(text)
    assert read(APP, text) == found
    return found


def test_a_line_has_the_fields_of_the_common_schema() -> None:
    found = formatted("%s left", "somebody")
    assert found.pop("@timestamp").endswith("Z")
    assert found.pop("event").items() > {"dataset": "chatstream.app", "kind": "event"}.items()
    assert found.pop("process")["thread"]["name"] == threading.current_thread().name
    assert found == {
        "message": "somebody left",
        "log": {"level": "info", "logger": "web"},
        "ecs": {"version": "8.11.0"},
        "service": {"name": "chat", "type": "chatstream", "node": {"name": "chat-1"}},
    }


async def test_of_several_services_in_one_process_each_has_its_own_lines() -> None:
    async def later(service: str) -> Any:
        speak_as(service, f"{service}-1")
        return await asyncio.create_task(told())

    async def told() -> Any:
        return formatted("m")["service"]

    friend, user = await asyncio.gather(later("friend"), later("user"))
    assert (friend["name"], friend["node"]) == ("friend", {"name": "friend-1"})
    assert (user["name"], user["node"]) == ("user", {"name": "user-1"})
    assert (await told())["name"] == "chat"


@given(st.integers(0, 7_000_000_000_000).map(lambda ms: datetime.fromtimestamp(ms / 1000, UTC)))
def test_a_line_has_the_time_of_its_record(moment: datetime) -> None:
    record = logging.LogRecord("web", 20, "", 0, "m", (), None)
    record.created = moment.timestamp()
    found = json.loads(LINES.format(record))["@timestamp"]
    assert abs(from_text(found) - moment) <= timedelta(milliseconds=1)
    assert found == to_text(from_text(found))


def test_every_line_has_an_id_of_its_own_and_later_ones_have_higher() -> None:
    identities = [formatted("same")["event"]["id"] for _ in range(2000)]
    assert sorted(set(identities)) == identities


def test_a_line_names_the_trace_that_it_was_written_in() -> None:
    with within(TRACEPARENT):
        found = formatted("x")
    assert found["trace"]["id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert found["span"]["id"] == "00f067aa0ba902b7"
    assert "trace" not in formatted("x")


@pytest.mark.parametrize(
    ("number", "name"),
    [(5, "debug"), (10, "debug"), (20, "info"), (25, "info"), (30, "warning"), (40, "error")],
)
def test_levels_have_five_names(number: int, name: str) -> None:
    assert level_name(number) == name
    assert level_name(logging.CRITICAL) == level_name(90) == "critical"


TEXTS = st.text(st.characters(exclude_categories=()), max_size=60) | st.sampled_from(
    ["\0" * 9000, HALF * 9000, "가" * 9000, "😀" * 9000, '"' * 9000, "a\nb\r\u2028\x85", HALF]
)


@given(message=TEXTS, argument=TEXTS, name=TEXTS, stack=TEXTS)
def test_any_texts_are_one_line_of_json(message: str, argument: str, name: str, stack: str) -> None:
    record = logging.LogRecord(name, 30, "", 0, message.replace("%", ""), (), None)
    record.threadName = name
    record.ecs_error = {"type": "E", "message": argument, "stack_trace": stack * 2}
    text = LINES.format(record)
    assert "\n" not in text
    assert len(text.encode()) < LINE_BYTES
    assert read(APP, text) == json.loads(text)
    formatted("%s", argument)


def test_a_long_message_is_cut_with_a_mark_and_a_stack_in_its_middle() -> None:
    message = formatted("x" * 7000)["message"]
    assert (len(message), message[-8:]) == (6000, " [+1000]")
    record = logging.LogRecord("web", 40, "", 0, "m", (), None)
    record.ecs_error = {"type": "E", "stack_trace": "a" * 9000 + "z" * 9000}
    stack = json.loads(LINES.format(record))["error"]["stack_trace"]
    assert (len(stack), stack[0], stack[-1]) == (10_000, "a", "z")
    assert "… [+8000] …" in stack


class Unspeakable:
    def __str__(self) -> str:
        raise RecursionError("planted")

    __repr__ = __str__


@pytest.mark.parametrize(
    ("message", "arguments", "told"),
    [
        ("%d of %d", ("planted",), "%d of %d [its arguments do not fit]"),
        ("%s", (Unspeakable(),), "%s [its arguments do not fit]"),
        (Unspeakable(), (), "a message [its arguments do not fit]"),
    ],
)
def test_what_cannot_be_put_together_is_told_without_its_arguments(
    message: object, arguments: tuple[object, ...], told: str
) -> None:
    assert formatted(message, *arguments)["message"] == told


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LINES)
    factory = logging.getLogRecordFactory()
    logging.setLogRecordFactory(logs.make_record)
    found = logging.getLogger("web.lines")
    found.addHandler(handler)
    yield found, stream
    found.removeHandler(handler)
    logging.setLogRecordFactory(factory)


def test_an_exception_is_told_by_kind_place_and_what_may_be_told(
    log: tuple[logging.Logger, io.StringIO],
) -> None:
    try:
        raise ConnectionRefusedError(111, PLANTED)
    except OSError:
        log[0].exception("store is away")
    (line,) = log[1].getvalue().splitlines()
    error = json.loads(line)["error"]
    assert error["type"] == "ConnectionRefusedError"
    assert error["message"] == "Connection refused"
    assert "test_json_lines.py" in error["stack_trace"]
    assert PLANTED not in line
    told = readable(line)
    assert " ERROR web.lines: store is away\nTraceback (most recent call last):" in told


def test_a_line_that_is_none_of_ours_is_read_as_it_is() -> None:
    for line in ("", "Fatal Python error: Aborted", "{", '{"message": 1}', "[]"):
        assert readable(line) == line


class Closed(io.StringIO):
    def write(self, _text: str) -> int:
        raise BrokenPipeError("planted")


def test_a_line_that_cannot_be_written_is_quoted_nowhere(
    capsys: pytest.CaptureFixture[str],
) -> None:
    handler = LineHandler()
    handler.setStream(Closed())
    handler.handle(logging.LogRecord("web", 20, "", 0, "planted %s", ("planted",), None))
    assert capsys.readouterr().err == "a line of web could not be written: BrokenPipeError\n"


PROCESS = """
import logging, os, sys, threading, warnings
from chatstream import logs
logs.install()
logs.configure("chat", "chat-1", "info")
logging.getLogger("aiokafka.conn").debug("never")
logging.getLogger("aiohttp.server").info("two\\nlines \\udc80 가")
warnings.warn("old")
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()
int("planted")
"""


@pytest.mark.parametrize("locale", ["C", "en_US.ISO-8859-1"])
def test_a_whole_process_writes_nothing_but_documents(locale: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROCESS],
        capture_output=True,
        check=False,
        env={"LC_ALL": locale, "PYTHONPATH": ":".join(sys.path)},
    )
    lines = [json.loads(line) for line in done.stdout.decode().split("\n")[:-1]]
    assert [(line["log"]["logger"], line["log"]["level"]) for line in lines] == [
        ("aiohttp.server", "info"),
        ("py.warnings", "warning"),
        ("chatstream.logs", "error"),
        ("chatstream.logs", "critical"),
    ]
    assert lines[0]["message"] == "two\nlines \\udc80 가"
    assert lines[3]["error"]["type"] == "ValueError"
    assert "planted" not in json.dumps(lines).replace('int(\\"planted\\")', "")
    assert not done.stderr
