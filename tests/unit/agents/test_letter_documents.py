"""The agent of dead letters: a document each, without bytes, texts and the reason's words."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from agents.dead_letters import LetterSink
from chatstream.domain.dead_letters import Failure, Original, Place, letter_headers
from chatstream.errors import TransientFailure
from infra.elastic.templates import template
from schemas.contexts.messages import MESSAGE
from tests.fakes.search import FakeDocuments

ID = f"{MESSAGE.dlq.name}:3:7"
TRACE = ("traceparent", b"00-%032x-%016x-00" % (7, 7))
SECRET = "비밀 이야기"


def event(*, old: bool = False) -> Any:
    failure = Failure(reason=SECRET, kind="invalid", service="chat", reader="chat.messages")
    original = Original(key=b"k", value=SECRET.encode(), headers=(("own", SECRET.encode()),))
    headers = [*letter_headers(Place(MESSAGE.request.name, 3, 41), failure, original, 1.0), TRACE]
    if old:
        headers = [pair for pair in headers if pair[0] in ("reason", "topic", "partition")]
    message = SimpleNamespace(
        topic=MESSAGE.dlq.name,
        partition=3,
        offset=7,
        key=SECRET.encode(),
        timestamp=1764374400.5,
        headers=headers,
    )
    return SimpleNamespace(message=message, value=SECRET.encode())


def fields(body: Any, path: str = "") -> set[str]:
    if not isinstance(body, dict):
        return {path.lstrip(".")}
    return {name for key, value in body.items() for name in fields(value, f"{path}.{key}")}


async def test_a_letter_is_kept_once_by_its_id_and_says_where_whose_and_why() -> None:
    store = FakeDocuments()
    await LetterSink(store).process("elastic", [event(), event()])
    ((index, name), document) = next(iter(store.kept.items()))
    body: Any = document.body
    assert len(store.kept) == 1
    assert (index, name) == ("chatstream-deadletters-2025.11", ID)
    assert body["error"] == {"code": "invalid"}
    assert body["service"] == {"name": "chat"}
    assert body["trace"] == {"id": f"{7:032x}"}
    assert body["chatstream"] == {
        "topic": MESSAGE.request.name,
        "partition": 3,
        "offset": 41,
        "dead_letter": {"id": ID},
    }


@pytest.mark.parametrize("old", [False, True])
async def test_nothing_of_the_record_is_in_it_and_every_field_is_in_the_template(
    old: bool,
) -> None:
    store = FakeDocuments()
    await LetterSink(store).process("elastic", [event(old=old)])
    (document,) = store.kept.values()
    body: Any = document.body
    assert SECRET not in json.dumps(body, ensure_ascii=False)

    def mapped(properties: Any, path: str = "") -> set[str]:
        return {
            name
            for key, value in properties.items()
            for name in (
                mapped(value["properties"], f"{path}{key}.")
                if "properties" in value
                else {f"{path}{key}"}
            )
        }

    known = template("chatstream-deadletters")["template"]["mappings"]["properties"]
    assert fields(body) <= mapped(known)


async def test_a_time_too_far_for_a_calendar_ends_no_lane() -> None:
    store, late = FakeDocuments(), event()
    late.message.timestamp = 1e13
    await LetterSink(store).process("elastic", [late])
    assert [index for index, _ in store.kept] == ["chatstream-deadletters-9999.01"]


async def test_an_outage_waits() -> None:
    store = FakeDocuments()
    store.busy = {ID}
    with pytest.raises(TransientFailure, match="1 dead letters wait: busy"):
        await LetterSink(store).process("elastic", [event()])
