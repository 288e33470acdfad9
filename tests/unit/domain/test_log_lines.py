"""One line of each server's log becomes fields; any other line becomes a safe document."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.log_lines import UNREADABLE, read
from chatstream.domain.log_lines.datasets import (
    APP,
    DATASETS,
    ELASTICSEARCH,
    KAFKA,
    NGINX_ACCESS,
    NGINX_ERROR,
    POSTGRES,
    SUPERVISOR,
)

SECRET = "비밀낱말-planted"
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
ACCESS: dict[str, Any] = {
    "time": "2026-11-29T03:19:04.123+00:00",
    "id": "0" * 31 + "1",
    "trace": TRACE,
    "span": SPAN,
    "client": "127.0.0.1",
    "method": "GET",
    "route": "/chat/{roomId}",
    "status": 200,
    "bytes": 512,
    "seconds": 0.012,
    "stays": False,
    "upstream": "127.0.0.1:8090",
    "upstreamStatus": "200",
    "upstreamSeconds": "0.011",
}


def of_access(**changed: object) -> dict[str, Any]:
    return read(NGINX_ACCESS, json.dumps({**ACCESS, **changed}))


def test_a_request_has_its_route_status_time_and_trace() -> None:
    assert of_access() == {
        "@timestamp": "2026-11-29T03:19:04.123Z",
        "message": "GET /chat/{roomId} 200 in 12 ms",
        "log": {"level": "info"},
        "event": {"duration": 12_000_000, "outcome": "success"},
        "http": {
            "request": {"method": "GET", "id": "0" * 31 + "1"},
            "response": {"status_code": 200, "body": {"bytes": 512}},
        },
        "url": {"path": "/chat/{roomId}"},
        "trace": {"id": TRACE},
        "span": {"id": SPAN},
    }


def test_a_failed_request_is_an_error_and_an_open_one_has_no_duration() -> None:
    failed = of_access(status=503)
    assert (failed["log"]["level"], failed["event"]["outcome"]) == ("error", "failure")
    stays = of_access(status=101, seconds=61.04, stays=True)
    assert "duration" not in stays["event"]
    assert stays["message"] == "GET /chat/{roomId} 101 open for 61.0 s"


@pytest.mark.parametrize(
    "changed",
    [
        {"time": "yesterday"},
        {"time": "2026-11-29T03:19:04"},  # no zone
        {"status": "200"},
        {"status": True},
        {"status": -1},
        {"seconds": -0.1},
        {"seconds": "0.1"},
        {"route": None},
        {"method": 3},
    ],
)
def test_a_request_that_is_none_is_not_quoted(changed: dict[str, object]) -> None:
    assert of_access(**changed, secret=SECRET) == {"message": UNREADABLE}


def test_a_trace_that_is_none_is_left_out() -> None:
    for trace in ("", SECRET, TRACE.upper(), TRACE + "\n", 5, None):
        assert "trace" not in of_access(trace=trace)


@pytest.mark.parametrize("number", ["1e400", "NaN", "Infinity", "9" * 5000])
def test_numbers_out_of_range_are_no_request(number: str) -> None:
    line = json.dumps(ACCESS).replace("0.012", number)
    assert read(NGINX_ACCESS, line) == {"message": UNREADABLE}


def test_an_error_of_nginx() -> None:
    line = (
        "2026/11/29 03:19:04 [alert] 12#13: *7 1 worker_connections are not enough,"
        " client: 127.0.0.1, server: _"
    )
    assert read(NGINX_ERROR, line) == {
        "@timestamp": "2026-11-29T03:19:04.000Z",
        "message": "1 worker_connections are not enough, client: 127.0.0.1, server: _",
        "log": {"level": "critical"},
        "process": {"pid": 12},
    }
    assert read(NGINX_ERROR, line.replace("/29", "/31"))["message"] == UNREADABLE


def test_an_event_of_kafka_with_its_stack_trace() -> None:
    line = {
        "@timestamp": "2026-11-29T03:19:04.123Z",
        "ecs.version": "1.2.0",
        "log.level": "WARN",
        "message": "[Controller id=1] slow",
        "process.thread.name": "quorum-controller-1-event-handler",
        "log.logger": "org.apache.kafka.controller.QuorumController",
        "labels": {"a": "b"},
        "error.type": "java.io.IOException",
        "error.message": "Broken pipe",
        "error.stack_trace": "java.io.IOException: Broken pipe\n\tat a.B.c(B.java:1)\n",
    }
    assert read(KAFKA, json.dumps(line)) == {
        "@timestamp": "2026-11-29T03:19:04.123Z",
        "message": "[Controller id=1] slow",
        "log": {"level": "warning", "logger": "org.apache.kafka.controller.QuorumController"},
        "process": {"thread": {"name": "quorum-controller-1-event-handler"}},
        "error": {
            "type": "java.io.IOException",
            "message": "Broken pipe",
            "stack_trace": "java.io.IOException: Broken pipe\n\tat a.B.c(B.java:1)\n",
        },
    }


def test_an_event_of_elasticsearch() -> None:
    line = {
        "@timestamp": "2026-11-29T03:19:04.123Z",
        "log.level": "FATAL",
        "message": "stopping",
        "service.name": "ES_ECS",
        "event.dataset": "elasticsearch.server",
        "elasticsearch.cluster.uuid": "x",
        "trace.id": TRACE,
    }
    found = read(ELASTICSEARCH, json.dumps(line))
    assert found["log"] == {"level": "critical"}
    assert found["trace"] == {"id": TRACE}
    assert "elasticsearch" not in found
    assert read(ELASTICSEARCH, f"java.lang.Error: {SECRET}") == {"message": UNREADABLE}


@pytest.mark.parametrize(
    ("line", "level", "message", "code"),
    [
        (
            "[checkpointer] 00000 LOG:  checkpoint complete: wrote 3 buffers",
            "info",
            "checkpoint complete: wrote 3 buffers",
            None,
        ),
        (
            "[postmaster] 58030 PANIC:  could not write\n\tto the file",
            "critical",
            "could not write\n\tto the file",
            "58030",
        ),
        (f"[client backend] 23505 ERROR:  key {SECRET}", "error", "ERROR: SQLSTATE 23505", "23505"),
        ("[client backend] 57P01 FATAL:  ended", "error", "FATAL: SQLSTATE 57P01", "57P01"),
        ("[client backend] 00000 LOG:  could not send", "info", "could not send", None),
    ],
)
def test_lines_of_postgres(line: str, level: str, message: str, code: str | None) -> None:
    found = read(POSTGRES, f"2026-11-29 03:19:04.123 UTC [42] {line}")
    assert found["@timestamp"] == "2026-11-29T03:19:04.123Z"
    assert found["log"] == {"level": level}
    assert found["message"] == message
    assert found.get("error", {}).get("code") == code
    assert found["process"]["pid"] == 42


@pytest.mark.parametrize("word", ["DETAIL", "CONTEXT", "STATEMENT", "QUERY", "HINT", "LOCATION"])
def test_what_postgres_adds_to_a_line_is_not_quoted(word: str) -> None:
    line = f"2026-11-29 03:19:04.123 UTC [42] [client backend] 23505 {word}:  ({SECRET})"
    assert read(POSTGRES, line) == {"message": UNREADABLE}
    assert read(POSTGRES, f"\tselect '{SECRET}'") == {"message": UNREADABLE}


def test_lines_of_the_supervisor_and_of_no_form_in_an_open_file() -> None:
    line = "2026-11-29 03:19:04,123 WARN exited: chat-1 (terminated by SIGKILL; not expected)"
    assert read(SUPERVISOR, line) == {
        "@timestamp": "2026-11-29T03:19:04.123Z",
        "message": "exited: chat-1 (terminated by SIGKILL; not expected)",
        "log": {"level": "warning"},
    }
    warning = "OpenJDK 64-Bit Server VM warning: Sharing is only supported"
    assert read(KAFKA, warning) == {"message": warning}


def test_what_is_said_at_every_start_is_no_error() -> None:
    """A page that asks for a look after each start would soon be looked at by nobody."""
    open_socket = "CRIT Server 'unix_http_server' running without any HTTP authentication checking"
    told = read(SUPERVISOR, f"2026-11-29 03:19:04,123 {open_socket}")
    assert told["log"] == {"level": "info"}
    assert told["message"] == open_socket.removeprefix("CRIT ")
    other = read(SUPERVISOR, "2026-11-29 03:19:04,123 CRIT uncaptured python exception")
    assert other["log"] == {"level": "critical"}
    early = "FATAL:  the database system is starting up"
    told = read(POSTGRES, f"2026-11-29 03:19:04.123 UTC [42] [client backend] 57P03 {early}")
    assert (told["log"]["level"], told["error"]["code"]) == ("warning", "57P03")


def test_our_own_line_is_the_document_it_is() -> None:
    document = {"@timestamp": "2026-11-29T03:19:04.123Z", "message": "가", "event": {"id": "x"}}
    assert read(APP, json.dumps(document)) == document
    assert read(APP, json.dumps({"message": SECRET})) == {"message": UNREADABLE}


@pytest.mark.parametrize(
    "line",
    [
        "Fatal Python error: Segmentation fault",
        "Current thread 0x00007f1c2b7fe700 (most recent call first):",
        '  File "/app/chatstream/worker.py", line 31 in <module>',
    ],
)
def test_what_a_dying_interpreter_says_stays(line: str) -> None:
    assert read(APP, line)["message"] == line
    assert read(APP, line)["log"]["level"] == "critical"


@pytest.mark.parametrize("line", [f"ValueError: {SECRET}", f"    call('{SECRET}')", "", "null"])
def test_other_output_of_our_own_is_not_quoted(line: str) -> None:
    assert read(APP, line) == {"message": UNREADABLE}


def test_half_a_character_is_no_line_of_ours() -> None:
    line = '{"@timestamp": "2026-11-29T03:19:04.123Z", "message": "x\\ud83d"}'
    assert read(APP, line) == {"message": UNREADABLE}
    whole = read(APP, line.replace("d83d", "d83d\\ude00"))
    assert whole["message"] == "x\N{GRINNING FACE}"


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)
objects = st.dictionaries(
    st.sampled_from([*ACCESS, "@timestamp", "message", "log.level", "log", "error.type"]),
    json_values,
)


@given(
    st.sampled_from([*DATASETS, "of.nobody"]),
    st.one_of(st.text(), objects.map(json.dumps), st.just("[" * 100_000)),
)
def test_any_line_gives_a_message_and_times_that_are_times(dataset: str, line: str) -> None:
    found = read(dataset, line)
    assert isinstance(found["message"], str)
    assert json.loads(json.dumps(found, ensure_ascii=False).encode()) == found
