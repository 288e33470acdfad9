"""Lines of logs as documents: the same line is the same document, whatever became of its file."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.line_documents import dataset_of, line_document

NOW = "2026-11-29T03:00:09.000Z"
AT = "2026-11-29T03:00:00.000Z"
OWN: dict[str, Any] = {
    "@timestamp": "2026-11-28T23:59:59.999Z",
    "message": "줄",
    "event": {"id": "0193", "dataset": "chatstream.app"},
    "trace": {"id": "t"},
}
POSTGRES = "2026-11-29 02:00:00.123 UTC [77] [checkpointer] 00000 LOG:  ready"


def enveloped(
    line: str, path: str = "/v/log/postgres-auth.log", dataset: str = "postgresql.log", at: int = 7
) -> dict[str, Any]:
    return {
        "@timestamp": AT,
        "message": line,
        "log": {"file": {"path": path}, "offset": at},
        "service": {"type": "postgres"},
        "event": {"dataset": dataset},
    }


def test_a_line_of_ours_is_kept_as_it_was_written_in_the_index_of_its_day() -> None:
    document = line_document(OWN, NOW)
    assert (document.index, document.id) == ("chatstream-logs-2026.11.28", "0193")
    assert document.body == {**OWN, "event": {**OWN["event"], "ingested": NOW}}
    assert "ingested" not in OWN["event"]


def test_a_line_of_a_server_is_read_and_named_after_its_file() -> None:
    body: Any = line_document(enveloped(POSTGRES), NOW).body
    assert body["@timestamp"] == "2026-11-29T02:00:00.123Z"
    assert body["message"] == "ready"
    assert body["log"] == {"level": "info", "file": {"path": "postgres-auth.log"}, "offset": 7}
    assert body["service"] == {
        "type": "postgres",
        "name": "postgres-auth",
        "node": {"name": "postgres-auth"},
    }
    assert body["event"]["ingested"] == NOW
    assert (body["event"]["module"], body["event"]["dataset"]) == ("postgresql", "postgresql.log")


@pytest.mark.parametrize(
    ("path", "dataset", "name", "node"),
    [
        ("/v/chat-12.log", "chatstream.app", "chat", "chat-12"),
        ("/v/front-auth.log", "chatstream.app", "front-auth", "front-auth"),
        ("/v/postgres-chat-0.log", "postgresql.log", "postgres-chat-0", "postgres-chat-0"),
        ("/v/nginx-access.log", "nginx.access", "nginx", "nginx"),
        ("/v/nginx.log", "nginx.error", "nginx", "nginx"),
    ],
)
def test_a_line_says_whose_it_is(path: str, dataset: str, name: str, node: str) -> None:
    body: Any = line_document(enveloped("x", path, dataset), NOW).body
    assert (body["service"]["name"], body["service"]["node"]["name"]) == (name, node)


def test_a_line_that_cannot_be_read_has_the_time_of_its_reading() -> None:
    body: Any = line_document(enveloped("what people wrote"), NOW).body
    assert (body["@timestamp"], body["message"]) == (AT, "unreadable line")


@given(st.text(), st.integers(0, 2**40))
def test_a_rotated_file_a_link_and_a_line_end_change_no_identity(line: str, offset: int) -> None:
    paths = ["/v/log/kafka.log", "/v/log/kafka.log.2", "/v/run/linked/kafka.log.2.9171"]
    found = {line_document(enveloped(line, path, at=offset), NOW).id for path in paths}
    assert found == {line_document(enveloped(line + "\r", paths[0], at=offset), NOW).id}


def test_another_file_place_or_text_is_another_line() -> None:
    same = enveloped("x")
    others = [enveloped("y"), enveloped("x", at=8), enveloped("x", "/v/log/postgres-chat.log")]
    assert len({line_document(each, NOW).id for each in [same, *others]}) == 4


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {**OWN, "@timestamp": "secret"},
        {**OWN, "event": {"id": "secret" * 100}},
        {**OWN, "event": {"id": 7}},
        {**OWN, "event": "secret"},
        enveloped("secret", dataset="secret"),
        {**enveloped("secret"), "log": {"file": {"path": "/v/kafka.log"}, "offset": True}},
        {**enveloped("secret"), "log": {"file": {"path": "/etc/passwd"}, "offset": 0}},
        {**enveloped("secret"), "@timestamp": None},
    ],
)
def test_what_is_no_line_is_refused_and_not_quoted(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^(event|log|@timestamp|an envelope)") as raised:
        line_document(wrong, NOW)
    assert "secret" not in str(raised.value)


def test_the_dataset_is_one_that_is_known() -> None:
    assert dataset_of(line_document(OWN, NOW)) == "chatstream.app"
    assert dataset_of(line_document({**OWN, "event": {"id": "1", "dataset": "x"}}, NOW)) == "other"
