"""What the log service keeps: the datasets, and a message's document for the search.

The same fact always gives the same document under the same id in the same index, so that a record
that comes again changes nothing. The index's month is that of the stored time, never of the moment
of writing: otherwise a record that comes again after midnight on the first would be kept twice.

Field names are those of the Elastic Common Schema; what it has no name for is under `chatstream`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from chatstream.domain.folding import fold
from chatstream.domain.times import from_text

ECS_VERSION = "8.11.0"
EVENTS = "chatstream-events"
MESSAGES = "chatstream-messages"
CONTENTS = "chatstream-content"
LOGS = "chatstream-logs"
DEAD_LETTERS = "chatstream-deadletters"
LAG = "chatstream-lag"


@dataclass(frozen=True, slots=True)
class Document:
    """A document on its way: `version` None means append-only, else the highest version stays."""

    index: str
    id: str
    body: Mapping[str, object]
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedMessage:
    """A message as the search keeps it; `rev` is the number of its latest fact.

    `text` is None when it is deleted: then nothing of it is kept but its place. `is_erased` says
    that its author is: then no name is kept.
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
    room_kind: str | None = None
    is_erased: bool = False


def index_of(dataset: str, at: str) -> str:
    """`<dataset>-YYYY.MM` of the UTC month of a stored time; ValueError when it is no time."""
    return f"{dataset}-{_month(at)}"


@lru_cache(maxsize=1_000)
def _month(at: str) -> str:
    moment = from_text(at)
    return f"{moment.year:04}.{moment.month:02}"


def search_document(said: IndexedMessage, words: Iterable[str] = ()) -> Document:
    """The search document of a message; a later fact about it replaces an earlier one.

    `words` are those that the live tables count of its text, each once. A deleted message keeps an
    empty document: that of an earlier fact cannot come back over it. So that names do not either,
    the version of one of an erased author is one higher, as an erasure in the search leaves it.
    """
    room = {"id": said.room_id}
    if said.room_kind is not None:
        room["kind"] = said.room_kind
    place: dict[str, Any] = {
        "room": room,
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
        if found := list(words):
            place["message"]["words"] = found
        body["message"] = said.text
        body["folded"] = fold(said.text)
        body["user"] = _author(said)
    version = said.rev + (said.is_erased and said.text is not None)
    return Document(index_of(MESSAGES, said.at), f"{said.room_id}:{said.seq}", body, version)


def _author(said: IndexedMessage) -> dict[str, str]:
    author = {"id": said.account_id}
    if not said.is_erased:
        author |= {"name": said.user_id, "full_name": said.user_name}
    return author


def renewed(body: Mapping[str, object]) -> dict[str, object]:
    """A search document of an older program as this one would have written it."""
    text = body.get("message")
    return {**body, "folded": fold(text)} if isinstance(text, str) else dict(body)
