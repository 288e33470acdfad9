"""docs/asyncapi.yaml is what the code says, it is whole, and what travels fits its schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import msgspec
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import (  # type: ignore[import-untyped]  # its stubs are a package of their own
    Draft7Validator,
    Draft202012Validator,
)
from openapi_spec_validator.readers import read_from_filename

from agents.loop.dead_letters import dead_letter
from agents.loop.reader import BatchReader, reading
from chatstream.commands.cli import cli
from chatstream.contexts import all_news
from chatstream.domain.dead_letters import LETTER, REPLAY
from chatstream.domain.stomp import Beats, send_destination, subscribe_destination
from chatstream.errors import ErrorCode, UserError
from chatstream.settings import KafkaSettings
from schemas import asyncapi as topic_part
from schemas import records
from schemas.catalogue import DLQ_OF, TOPICS
from schemas.records.base import Uuid
from schemas.records.contents import Version
from schemas.streams import TopicSpec
from web.asyncapi import FaultBody, block, payload_types
from web.live import events, rooms
from web.live.frames import Frame
from web.stomp import frames

PATH = Path(__file__).resolve().parents[2] / "docs/asyncapi.yaml"
DOCUMENT: Any = read_from_filename(str(PATH))[0]
CHANNELS, COMPONENTS = DOCUMENT["channels"], DOCUMENT["components"]
PAYLOADS = payload_types(all_news())
TRAVELLING = [kind for kind in PAYLOADS if kind is not FaultBody]


def name_of(item: type | TopicSpec) -> str:
    return item.__name__ if isinstance(item, type) else item.name


def subclasses(kind: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    """Every struct below, those without a tag of their own (bases) left out."""
    for each in kind.__subclasses__():
        yield from subclasses(each)
        if each.__struct_config__.tag != each.__name__:
            yield each


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for each in node.values():
            yield from references(each)
    elif isinstance(node, list):
        for each in node:
            yield from references(each)


def resolve(reference: str) -> Any:
    node = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


@cache
def validator_of(name: str) -> Draft202012Validator:
    """Of a schema of the document, which may name others."""
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": COMPONENTS})


def messages_of(channel: str) -> list[Any]:
    return [resolve(each["$ref"]) for each in CHANNELS[channel]["messages"].values()]


def sent(frame: Frame) -> tuple[str, dict[str, str], Any]:
    """Command, headers and body of a frame that the server sends."""
    head, _, body = frame.stomp.decode().rstrip("\0").partition("\n\n")
    command, *lines = head.split("\n")
    headers = dict(line.split(":", 1) for line in lines)
    return command, headers, json.loads(body) if body else None


# -- it is the code's ------------------------------------------------------------------------


def test_the_document_is_what_the_command_prints() -> None:
    printed = CliRunner().invoke(cli, ["asyncapi"])
    assert printed.stdout == PATH.read_text(), (
        "replace docs/asyncapi.yaml with: python -m chatstream asyncapi"
    )


def test_what_is_filled_in_reads_back_the_same() -> None:
    _, schemas = msgspec.json.schema_components(
        PAYLOADS, ref_template="#/components/schemas/{name}"
    )
    assert {name: COMPONENTS["schemas"][name] for name in schemas} == json.loads(
        json.dumps(schemas)
    )
    told = topic_part.messages()
    assert {name: COMPONENTS["messages"][name] for name in told} == told


# YAML 1.1 takes these for ends of lines, so that they come back as spaces.
plain_texts = st.text(
    st.characters(codec="utf-8", exclude_characters="\x85\u2028\u2029"), max_size=20
)
texts = plain_texts | st.sampled_from(["on", "no", "1e3", "~", "2026-11-29", "key: value", "# x"])
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
)


@given(st.dictionaries(texts, values, max_size=3), st.integers(0, 8))
def test_whatever_is_filled_in_means_the_same_where_it_stands(
    value: dict[str, Any], indent: int
) -> None:
    document = f"{' ' * indent}filled:{block(value, indent + 2)}\n{' ' * indent}next: 1\n"
    assert yaml.safe_load(document) == {"filled": value, "next": 1}


@pytest.mark.parametrize("spec", TOPICS, ids=name_of)
def test_every_topic_is_told_with_key_retention_and_cleanup(spec: TopicSpec) -> None:
    channel = CHANNELS[spec.name]
    assert channel["address"] == spec.name
    binding = channel["bindings"]["kafka"]
    assert (binding["topic"], binding["partitions"]) == (
        spec.name,
        KafkaSettings().partitions,
    )
    assert binding["topicConfiguration"] == {
        "cleanup.policy": ["delete"],
        "retention.ms": spec.retention_ms,
    }
    keys = {each["bindings"]["kafka"]["key"]["description"] for each in messages_of(spec.name)}
    assert keys == {str(spec.key)}


def test_every_record_type_is_told_on_one_topic() -> None:
    told = [each["name"] for spec in TOPICS for each in messages_of(spec.name)]
    kept = [name for name in told if name not in ("deadLetter", "logLine", "rowChange")]
    assert sorted(kept) == sorted(
        str(kind.__struct_config__.tag) for kind in subclasses(records.Record)
    )


def test_every_event_is_told_on_one_destination() -> None:
    told = [
        each["title"]
        for channel in ("stomp.room", "stomp.user")
        for each in messages_of(channel)
        if each["name"] == "MESSAGE"
    ]
    assert sorted(told) == sorted(kind.__name__ for kind in subclasses(events.Body))


@pytest.mark.parametrize("channel", ["stomp.room", "stomp.user"])
def test_the_destinations_can_be_subscribed_to(channel: str) -> None:
    address = CHANNELS[channel]["address"].format(roomId=uuid4(), userId="minsu")
    assert subscribe_destination(address)


def test_the_destination_can_be_sent_to() -> None:
    room_id = str(uuid4())
    assert send_destination(CHANNELS["stomp.publish"]["address"].format(roomId=room_id)) == room_id


# -- it is whole -----------------------------------------------------------------------------


def test_it_says_which_asyncapi_it_is() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"


def test_every_reference_leads_somewhere() -> None:
    found = set(references(DOCUMENT))
    assert found
    assert all(resolve(reference) for reference in found)


def test_no_schema_and_no_message_is_left_over() -> None:
    used = set(references(DOCUMENT))
    for kind in ("messages", "schemas"):
        assert {f"#/components/{kind}/{name}" for name in COMPONENTS[kind]} <= used


@pytest.mark.parametrize("draft", [Draft7Validator, Draft202012Validator])
def test_every_schema_is_a_schema(draft: Any) -> None:
    for schema in COMPONENTS["schemas"].values():
        draft.check_schema(schema)
    for message in COMPONENTS["messages"].values():
        draft.check_schema(message.get("headers", {}))


# -- what travels fits -----------------------------------------------------------------------


def samples(kind: type[msgspec.Struct]) -> st.SearchStrategy[msgspec.Struct]:
    """Structs of a kind; hypothesis reads no pattern of an id, and JSON has no infinity."""
    ids, numbers = st.uuids().map(str), st.floats(allow_nan=False, allow_infinity=False)
    known: dict[Any, st.SearchStrategy[Any]] = {Uuid: ids, Uuid | None: st.none() | ids}
    known |= {
        Version: st.integers(min_value=1),
        float: numbers,
        dict[str, float]: st.dictionaries(st.text(), numbers),
    }
    fields = msgspec.structs.fields(kind)
    return st.builds(kind, **{each.name: known[each.type] for each in fields if each.type in known})


def encoded(kind: type[msgspec.Struct], data: st.DataObject) -> Any:
    return json.loads(msgspec.json.encode(data.draw(samples(kind))))


@pytest.mark.parametrize("kind", TRAVELLING, ids=name_of)
@given(data=st.data())
@settings(max_examples=40)
def test_what_is_encoded_fits_its_own_schema(
    kind: type[msgspec.Struct], data: st.DataObject
) -> None:
    validator_of(kind.__name__).validate(encoded(kind, data))


# A tag or the fields there must be tell kinds apart, whatever the values: few examples say it.
@pytest.mark.parametrize("kind", TRAVELLING, ids=name_of)
@given(data=st.data())
@settings(max_examples=3)
def test_what_is_encoded_fits_no_other_schema(
    kind: type[msgspec.Struct], data: st.DataObject
) -> None:
    sample = encoded(kind, data)
    fitting = [each for each in PAYLOADS if validator_of(each.__name__).is_valid(sample)]
    assert fitting == [kind]


@pytest.mark.parametrize(
    ("frame", "schema"),
    [
        (frames.connected("1.2", Beats(10.0, 10.0)), None),
        (frames.receipt("r-1"), None),
        (frames.error(UserError(ErrorCode.NOT_A_MEMBER), "r-1", "ko"), "FaultBody"),
        (frames.protocol_error("there are no transactions here", None, "en"), "FaultBody"),
        (rooms.ended(str(uuid4()), "minsu").frame(b"subscription:s-1\n"), "Left"),
    ],
)
def test_the_frames_of_the_server_are_as_told(frame: Frame, schema: str | None) -> None:
    command, headers, body = sent(frame)
    found = [each for each in COMPONENTS["messages"].values() if each["name"] == command]
    told = found[0]["headers"]
    told = resolve(told["$ref"]) if "$ref" in told else told
    assert set(told["required"]) <= headers.keys() <= set(told["properties"])
    if schema is None:
        assert body is None
        assert "payload" not in found[0]
    else:
        validator_of(schema).validate(body)


def test_dead_letters_have_the_headers_that_are_told() -> None:
    trace = [("traceparent", b"00-%032x-%016x-00" % (7, 7))]
    message = SimpleNamespace(
        topic=next(iter(DLQ_OF)),
        partition=3,
        offset=7,
        key=None,
        value=b"v",
        headers=[*trace, (LETTER, b"a:1:2"), (REPLAY, b"r")],
        timestamp=1.0,
    )
    event: Any = SimpleNamespace(message=message)
    with reading(BatchReader("chat", "chat.rooms")):
        letter = dead_letter(event, "why")
    headers = {name: value.decode() for name, value in letter.headers}
    told = COMPONENTS["messages"]["DeadLetter"]["headers"]
    put_back = {LETTER, REPLAY}
    assert headers.keys() == (told["properties"].keys() - put_back) | {"header.traceparent"}
    assert told["required"] == ["reason", "topic", "partition", "offset"]  # all that old ones have
    Draft202012Validator(told).validate(headers)
