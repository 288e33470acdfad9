"""What the log service keeps of a fact: an event for analysts, a document for the search.

The same fact always gives the same document under the same id in the same index, so that a record
that comes again changes nothing. The index's month is that of the stored time, never of the moment
of writing: otherwise a record that comes again after midnight on the first would be kept twice.

Events hold account ids only, no names and no text: they are append-only, and so nothing that may
have to be erased can be in them. Field names are those of the Elastic Common Schema; what it has
no name for is under `chatstream`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chatstream.domain.folding import fold
from chatstream.domain.times import from_text

ECS_VERSION = "8.11.0"
EVENTS = "chatstream-events"
MESSAGES = "chatstream-messages"


@dataclass(frozen=True, slots=True)
class Document:
    """A document on its way: `version` None means append-only, else the highest version stays."""

    index: str
    id: str
    body: Mapping[str, object]
    version: int | None = None


@dataclass(frozen=True, slots=True)
class FactPlace:
    """Where a fact stands: its line is (RESPONSE topic, partition), its number is dense there."""

    topic: str
    partition: int
    fact_no: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An accepted change as the log keeps it; what does not apply is None.

    `action` is the fact's type, with `category` and `types` of the Elastic Common Schema; `at` its
    stored time, `account_id` who did it, `target_id` to whom.
    """

    action: str
    category: tuple[str, ...]
    types: tuple[str, ...]
    at: str
    account_id: str
    target_id: str | None = None
    room_id: str | None = None
    room_kind: str | None = None
    member_count: int | None = None
    access_version: int | None = None
    message_id: str | None = None
    seq: int | None = None
    length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedMessage:
    """A message as the search keeps it; `rev` is the number of its latest fact.

    `text` is None when it is deleted: then nothing of it is kept but its place.
    """

    room_id: str
    seq: int
    rev: int
    message_id: str
    account_id: str
    user_id: str
    user_name: str
    text: str | None
    at: str


def index_of(dataset: str, at: str) -> str:
    """`<dataset>-YYYY.MM` of the UTC month of a stored time; ValueError when it is no time."""
    return f"{dataset}-{from_text(at):%Y.%m}"


def event_document(place: FactPlace, change: Change) -> Document:
    """The event of a fact, written once; its id is `topic:partition:fact_no`."""
    identity = f"{place.topic}:{place.partition}:{place.fact_no}"
    body: dict[str, object] = {
        "@timestamp": change.at,
        "ecs": {"version": ECS_VERSION},
        "event": {
            "id": identity,
            "kind": "event",
            "module": "chatstream",
            "dataset": "chatstream.events",
            "action": change.action,
            "category": list(change.category),
            "type": list(change.types),
            "outcome": "success",
            "sequence": place.fact_no,
        },
        "user": {"id": change.account_id, "target": {"id": change.target_id}},
        "chatstream": {
            "topic": place.topic,
            "partition": place.partition,
            "room": {
                "id": change.room_id,
                "kind": change.room_kind,
                "member_count": change.member_count,
                "access_version": change.access_version,
            },
            "message": {"id": change.message_id, "seq": change.seq, "length": change.length},
        },
    }
    return Document(index_of(EVENTS, change.at), identity, _present(body))


def search_document(said: IndexedMessage) -> Document:
    """The search document of a message; a later fact about it replaces an earlier one.

    A deleted message keeps an empty document: that of an earlier fact cannot come back over it.
    """
    place: dict[str, dict[str, object]] = {
        "room": {"id": said.room_id},
        "message": {"seq": said.seq, "rev": said.rev},
    }
    body: dict[str, object] = {
        "@timestamp": said.at,
        "ecs": {"version": ECS_VERSION},
        "event": {"module": "chatstream", "dataset": "chatstream.messages"},
        "chatstream": place,
    }
    if said.text is not None:
        place["message"]["id"] = said.message_id
        body["message"] = said.text
        body["folded"] = fold(said.text)
        body["user"] = {"id": said.account_id, "name": said.user_id, "full_name": said.user_name}
    return Document(
        index_of(MESSAGES, said.at), f"{said.room_id}:{said.seq}", body, version=said.rev
    )


def renewed(body: Mapping[str, object]) -> dict[str, object]:
    """A search document of an older program as this one would have written it."""
    text = body.get("message")
    return {**body, "folded": fold(text)} if isinstance(text, str) else dict(body)


def _present(body: dict[str, object]) -> dict[str, object]:
    """The body without its empty parts."""
    kept: dict[str, object] = {}
    for name, value in body.items():
        part = _present(value) if isinstance(value, dict) else value
        if part is None or (isinstance(part, (dict, list)) and not part):
            continue
        kept[name] = part
    return kept
