"""Records of lines: what our shipper produces is what the agent keeps."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from agents.app_log import document_of
from infra.shipping.followed import FollowedLog
from infra.shipping.lines import record

OURS = FollowedLog("/v/chat-1.log", "chatstream.app", "chatstream")
KAFKA = FollowedLog("/v/kafka.log", "kafka.server", "kafka")
NOW = "2026-11-29T03:00:00.000Z"


def test_a_line_of_ours_goes_as_it_is_by_its_id() -> None:
    line = '{"event": {"id": "0193"}, "@timestamp": "2026-11-29T03:00:00Z", "m": "줄"}'.encode()
    assert record(OURS, 5, line) == (b"0193", line)


def test_a_line_that_only_looks_like_ours_goes_in_an_envelope() -> None:
    for line in (b'{"event":{"id":"a"}} x', b'{"event":{"id":7}}', b'{"event":1}', b"{", b"\xff"):
        key, value = record(OURS, 5, line)
        assert key == b"/v/chat-1.log:5"
        assert orjson.loads(value.decode("utf-8", "replace"))["message"] == line.decode(
            "utf-8", "replace"
        )


@given(st.binary(min_size=1, max_size=40), st.integers(0, 2**40))
def test_every_line_of_another_program_can_be_kept(line: bytes, offset: int) -> None:
    _, value = record(KAFKA, offset, line)
    body: Any = document_of(value, NOW).body
    assert body["message"] == line.decode("utf-8", "replace").rstrip("\r\n")
    assert body["log"] == {"file": {"path": "kafka.log"}, "offset": offset}
