"""What the log service keeps of a dead letter: no bytes, no texts, and not the reason's words.

A reason may quote the record, so only its kind is kept; the words stay on Kafka with the bytes.
"""

from __future__ import annotations

from chatstream.domain.dead_letters import DeadLetter
from chatstream.domain.documents import DEAD_LETTERS, ECS_VERSION, Document, index_of
from chatstream.domain.times import text_of


def letter_document(letter: DeadLetter) -> Document:
    """The document of a dead letter, known by its id; in the month in which it was made."""
    at = text_of(letter.at / 1000)
    body: dict[str, object] = {
        "@timestamp": at,
        "ecs": {"version": ECS_VERSION},
        "event": {
            "id": letter.id,
            "kind": "event",
            "module": "chatstream",
            "dataset": "chatstream.deadletters",
            "action": "deadLettered",
            "outcome": "failure",
        },
        "chatstream": {**_place(letter), "dead_letter": {"id": letter.id}},
    }
    if letter.kind:
        body["error"] = {"code": letter.kind}
    if letter.service:
        body["service"] = {"name": letter.service}
    if letter.trace_id:
        body["trace"] = {"id": letter.trace_id}
    return Document(index_of(DEAD_LETTERS, at), letter.id, body)


def _place(letter: DeadLetter) -> dict[str, object]:
    """Where the record lay, as far as that is known."""
    source = letter.source
    if source is None:
        return {}
    found: dict[str, object] = {"topic": source.topic, "partition": source.partition}
    if source.offset >= 0:
        found["offset"] = source.offset
    return found
