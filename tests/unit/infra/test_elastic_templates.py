"""The index templates fit the documents, and do not change without a new version."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import pytest

from chatstream.domain.content.documents import IndexedPost, post_document
from chatstream.domain.documents import (
    CONTENTS,
    EVENTS,
    LOGS,
    MESSAGES,
    Document,
    IndexedMessage,
    search_document,
)
from chatstream.domain.event_documents import Change, Origin, event_document
from infra.elastic.templates import NAMES, template

AT = "2026-11-21T12:00:00.000Z"
FULL_CHANGE = Change(
    action="memberJoined",
    category=("iam",),
    types=("group", "change"),
    at=AT,
    account_id="a",
    service="chat",
    code="NOT_A_MEMBER",
    reason="rate",
    fact_no=1,
    target_id="b",
    room_id="r",
    room_kind="group",
    member_count=2,
    access_version=3,
    message_id="m",
    seq=1,
    length=4,
    saga_id="s",
    saga_step="chat",
    saga_attempt=1,
    dead_letter_id="kakao.log.app.DLQ:0:1",
    look_page="/ops/log",
    look_filters=("level:error",),
)
FULL_ORIGIN = Origin(topic="t", partition=0, offset=1, trace_id="4b", asked=1, wished=2, told=3)
SAID = IndexedMessage(
    room_id="r",
    seq=1,
    rev=1,
    message_id="m",
    account_id="a",
    user_id="u",
    user_name="n",
    text="t",
    at=AT,
    room_kind="group",
)
POST = IndexedPost(
    content_id="c", rev=1, at=AT, version=1, author_id="a", title="t", body="b", tags=("g",)
)

# A change of a template needs a higher version in it (twice), and then a new line here.
KNOWN = {
    "chatstream-deadletters": (2, "c68f9b883f2725b7"),
    EVENTS: (3, "0bd732d610dcea51"),
    MESSAGES: (4, "68e25202c4e83f2e"),
    CONTENTS: (2, "5784cabafc3a68be"),
    LOGS: (2, "2d4496ea6ccb0a52"),
    "chatstream-lag": (2, "553e20c4d033e266"),
}


def fields(body: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in body.items():
        if isinstance(value, Mapping):
            yield from fields(value, f"{prefix}{name}.")
        else:
            yield prefix + name


def declared(properties: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, field in properties.items():
        if "properties" in field:
            yield from declared(field["properties"], f"{prefix}{name}.")
        else:
            yield prefix + name


def declared_fields(properties: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for field in properties.values():
        if "properties" in field:
            yield from declared_fields(field["properties"])
        else:
            yield field


@pytest.mark.parametrize(
    ("name", "document"),
    [
        pytest.param(EVENTS, event_document(FULL_ORIGIN, FULL_CHANGE, 4), id="events"),
        pytest.param(MESSAGES, search_document(SAID, ["t"]), id="messages"),
        pytest.param(CONTENTS, post_document(POST), id="posts"),
    ],
)
def test_a_template_declares_exactly_the_fields_of_its_documents(
    name: str, document: Document
) -> None:
    properties = template(name)["template"]["mappings"]["properties"]
    assert set(declared(properties)) == set(fields(document.body))


@pytest.mark.parametrize("name", NAMES)
def test_a_template_covers_the_indices_of_its_dataset(name: str) -> None:
    body = template(name)
    assert body["index_patterns"] == [f"{name}-*"]


@pytest.mark.parametrize("name", NAMES)
def test_an_index_that_nobody_searches_may_rest(name: str) -> None:
    """Any value, the default's too, would make Elasticsearch refresh it each second."""
    assert "refresh_interval" not in template(name)["template"]["settings"]


@pytest.mark.parametrize("name", sorted({*NAMES} - {LOGS}))
def test_what_we_make_ourselves_has_no_field_that_nobody_declared(name: str) -> None:
    assert template(name)["template"]["mappings"]["dynamic"] == "strict"


def test_a_line_of_others_is_kept_with_fields_that_nobody_declared() -> None:
    assert template(LOGS)["template"]["mappings"]["dynamic"] is False


def test_no_word_of_a_line_is_too_long_for_the_index() -> None:
    """Elasticsearch refuses a document with a keyword over 32,766 bytes that it must index."""
    properties = template(LOGS)["template"]["mappings"]["properties"]
    keywords = [each for each in declared_fields(properties) if each["type"] == "keyword"]
    assert keywords
    assert {each["ignore_above"] for each in keywords} == {1024}


@pytest.mark.parametrize("name", NAMES)
def test_a_template_changes_only_with_its_version(name: str) -> None:
    body = template(name)
    version = body["_meta"]["version"]
    assert body["template"]["mappings"]["_meta"]["version"] == version
    digest = hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
    assert (version, digest) == KNOWN[name]
