"""The topics as AsyncAPI 3.0 shows them: a channel each, and a message each record type."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from schemas.catalogue import TOPICS
from schemas.records import Record
from schemas.streams import DAY, Key, Kind, TopicSpec

SCHEMA_REF = "#/components/schemas/{name}"
DEAD_LETTER = "DeadLetter"
LOG_LINE = "LogLine"
ROW_CHANGE = "RowChange"
_UNNAMED: Mapping[str, str] = {Key.SOURCE: DEAD_LETTER, Key.ROW: ROW_CHANGE}

_KAFKA = "0.5.0"  # of the AsyncAPI binding
_JSON = "application/json"
_KINDS = {
    Kind.REQUEST: "Wishes",
    Kind.RESPONSE: "Outcomes of wishes, facts and refusals",
    Kind.EVENT: "What happened",
    Kind.DLQ: "Records that could never be processed",
}
TRACE_TEXT = (
    "W3C Trace Context: the trace that this belongs to. Without it, or with one that is none, a"
    " trace begins"
)
_TRACED = {
    "traceparent": "W3C Trace Context: the trace of what led to the record; left out where many did"
}
_ASKED = {"asked": "when a front took the wish, ms since 1970; a RESPONSE has its REQUEST's"}
_WISHED = {"wished": "of what answers a wish: when Kafka took its REQUEST record, ms since 1970"}
_TRAITS = {
    Kind.REQUEST: ("asking", {**_TRACED, **_ASKED}),
    Kind.RESPONSE: ("answering", {**_TRACED, **_ASKED, **_WISHED}),
    Kind.EVENT: ("traced", _TRACED),
}
TRAIT_REF = "#/components/messageTraits/{name}"
_HEADERS = {
    "reason": "why it could not be processed, in English",
    "topic": "the topic it was read from",
    "partition": "its partition there, in decimal digits",
    "offset": "its offset there, in decimal digits",
}
_MORE_HEADERS = {
    "kind": "the kind of reason: unreadable, misplaced, invalid, sealed or store",
    "service": "the service whose agent could not process it",
    "reader": "that agent",
    "recordedAt": "the time of the record, in milliseconds since 1970",
    "absent": "`key`, `value` or both, joined by a comma: the record had none",
    "replayOf": "the dead letter whose replay has failed",
    "deadLetter": "of a record that is put back: the id of its dead letter",
    "replay": "of a record that is put back: the `eventId` of what told of the replay",
}


def channels(partitions: int, replication: int) -> dict[str, Any]:
    """A Channel Object each topic, in the order of the catalogue; its id is the topic's name."""
    return {spec.name: _channel(spec, partitions, replication) for spec in TOPICS}


def messages() -> dict[str, Any]:
    """A Message Object each record type, by its struct's name; of log lines and dead letters."""
    described = {kind.__name__: _message(spec, kind) for spec in TOPICS for kind in spec.records}
    others = {LOG_LINE: _log_line(), DEAD_LETTER: _dead_letter(), ROW_CHANGE: _row_change()}
    return {**described, **others}


def traits() -> dict[str, Any]:
    """A Message Trait Object each set of headers that records may have."""
    return {
        name: {"headers": {"type": "object", "properties": _texts(headers)}}
        for name, headers in _TRAITS.values()
    }


def _channel(spec: TopicSpec, partitions: int, replication: int) -> dict[str, Any]:
    unnamed = _UNNAMED.get(spec.key, LOG_LINE)
    carried = [kind.__name__ for kind in spec.records] or [unnamed]
    return {
        "address": spec.name,
        "description": f"{_KINDS[spec.kind]}. Key: {spec.key}. Kept {_span(spec)}.",
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in carried},
        "bindings": {
            "kafka": {
                "topic": spec.name,
                "partitions": partitions,
                "replicas": replication,
                "topicConfiguration": {
                    "cleanup.policy": ["delete"],
                    "retention.ms": spec.retention_ms,
                },
                "bindingVersion": _KAFKA,
            }
        },
    }


def _span(spec: TopicSpec) -> str:
    if spec.retention is None:
        return "without end"
    if spec.retention < DAY:
        return f"{spec.retention} seconds"
    return f"{spec.days} day{'' if spec.days == '1' else 's'}"


def _message(spec: TopicSpec, kind: type[Record]) -> dict[str, Any]:
    return {
        "name": kind.__struct_config__.tag,
        "title": kind.__name__,
        "summary": (inspect.getdoc(kind) or "").partition("\n\n")[0],
        "contentType": _JSON,
        "traits": [{"$ref": TRAIT_REF.format(name=_TRAITS[spec.kind][0])}],
        "payload": {"$ref": SCHEMA_REF.format(name=kind.__name__)},
        "bindings": _key(spec.key),
    }


def _log_line() -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "name": "logLine",
        "title": LOG_LINE,
        "summary": "A line of a log: a document of the Elastic Common Schema, or the line as it was"
        " written, in the envelope of Filebeat (`message`, `log.file.path`, `log.offset`).",
        "contentType": _JSON,
        "payload": {
            "type": "object",
            "properties": {
                "@timestamp": {**text, "format": "date-time"},
                "message": text,
                "event": {"type": "object", "properties": {"id": text, "dataset": text}},
                "log": {"type": "object"},
                "service": {"type": "object"},
            },
            "required": ["@timestamp", "message"],
        },
        "bindings": _key(Key.EVENT),
    }


def _row_change() -> dict[str, Any]:
    return {
        "name": "rowChange",
        "title": ROW_CHANGE,
        "summary": "A change of a captured row, or the row as a snapshot found it, as Debezium's"
        " connector for Postgres tells it without a schema; of a row that is gone `before`.",
        "contentType": _JSON,
        "payload": {
            "type": "object",
            "properties": {
                "op": {"type": "string", "enum": ["c", "u", "d", "r"]},
                "before": {"type": ["object", "null"]},
                "after": {"type": ["object", "null"]},
                "source": {"type": "object"},
            },
            "required": ["op", "source"],
        },
        "bindings": _key(Key.ROW),
    }


def _dead_letter() -> dict[str, Any]:
    return {
        "name": "deadLetter",
        "title": DEAD_LETTER,
        "summary": "Key, value and partition are those of the record that failed, byte by byte.",
        "contentType": "application/octet-stream",
        "headers": {
            "type": "object",
            "properties": _texts(_HEADERS | _MORE_HEADERS | _TRACED),
            "patternProperties": {
                r"^header\.": {"type": "string", "description": "a header of the record itself"}
            },
            "required": list(_HEADERS),
        },
        "payload": {"type": "string", "format": "binary"},
        "bindings": _key(Key.SOURCE),
    }


def _texts(headers: Mapping[str, str]) -> dict[str, Any]:
    return {
        name: {"type": "string", "description": f"UTF-8: {text}"} for name, text in headers.items()
    }


def _key(key: str) -> dict[str, Any]:
    return {"kafka": {"key": {"type": "string", "description": str(key)}, "bindingVersion": _KAFKA}}
