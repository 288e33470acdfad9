"""What the log service keeps of a line of a log: one document, the same one however often it comes.

A line of ours is a document already and names itself (`event.id`). A line of another program comes
in Filebeat's envelope; it is known by its file, its place there and its text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from chatstream.domain import log_lines
from chatstream.domain.documents import ECS_VERSION, LOGS, Document
from chatstream.domain.log_lines.datasets import APP, DATASETS
from chatstream.domain.times import from_text

ID_LENGTH = 512
"""Bytes of a document's id at most, as Elasticsearch has it."""

# `chat-1.log` is also `chat-1.log.2`, when it was rotated, and `chat-1.log.2.917`, its link.
_FILE = re.compile(r"(?:.*/)?((?P<process>[^/]+?)\.log)(?:\.\d+)*")
_NUMBER = re.compile(r"-\d+$")
_GATEWAY = "nginx-access"


def line_document(value: Mapping[str, Any], ingested: str) -> Document:
    """The document of a record's value, for the index of its day; `ingested` is written into it.

    ValueError, which quotes nothing of the line, when it is neither a document nor an envelope.
    """
    event = _object(value, "event")
    identity = event.get("id")
    body = dict(value) if identity else _enveloped(value, event)
    body.pop("@metadata", None)  # Filebeat's, about its output
    identity = body["event"]["id"]
    if not isinstance(identity, str) or len(identity.encode()) > ID_LENGTH:
        raise ValueError(f"event.id is no text of at most {ID_LENGTH} bytes")
    body["event"] = {**body["event"], "ingested": ingested}
    return Document(_index(body.get("@timestamp")), identity, body)


def dataset_of(document: Document) -> str:
    """The dataset of a line, one of DATASETS; `other` for one that nobody knows."""
    event = document.body.get("event")
    dataset = event.get("dataset") if isinstance(event, Mapping) else None
    return dataset if dataset in DATASETS else "other"


def _index(at: object) -> str:
    try:
        return f"{LOGS}-{from_text(at if isinstance(at, str) else ''):%Y.%m.%d}"
    except ValueError:
        raise ValueError("@timestamp is no time of RFC 3339") from None


def _enveloped(value: Mapping[str, Any], event: Mapping[str, Any]) -> dict[str, Any]:
    line, dataset = value.get("message"), event.get("dataset")
    log = _object(value, "log")
    path, offset = _object(log, "file").get("path"), log.get("offset")
    found = _FILE.fullmatch(path) if isinstance(path, str) else None
    if not isinstance(line, str) or dataset not in DATASETS or found is None:
        raise ValueError("an envelope has message, event.dataset and log.file.path")
    if not isinstance(offset, int) or isinstance(offset, bool):
        raise ValueError("log.offset is no number of bytes")
    line = line.rstrip("\r\n")
    fields = log_lines.read(dataset, line)
    digest = sha256(f"{found[1]}:{offset}:{line}".encode("utf-8", "replace")).hexdigest()[:32]
    return {
        **fields,
        "@timestamp": fields.get("@timestamp", value.get("@timestamp")),
        "ecs": {"version": ECS_VERSION},
        "event": {
            **_object(fields, "event"),
            "id": digest,
            "kind": "event",
            "module": dataset.partition(".")[0],
            "dataset": dataset,
        },
        "log": {**_object(fields, "log"), "file": {"path": found[1]}, "offset": offset},
        "service": {**_object(value, "service"), **_service(dataset, found["process"])},
    }


def _service(dataset: str, process: str) -> dict[str, Any]:
    """`chat` with node `chat-1`; a server is both, and nginx writes two files."""
    process = "nginx" if process == _GATEWAY else process
    name = _NUMBER.sub("", process) if dataset == APP else process
    return {"name": name, "node": {"name": process}}


def _object(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name, {})
    if not isinstance(found, Mapping):
        raise ValueError(f"{name} is no object")
    return found
