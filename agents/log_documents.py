"""What the log service makes of a record: its documents, by the actions of the contexts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from faust.types import EventT

from chatstream.domain.content.documents import IndexedPost, post_document
from chatstream.domain.documents import Document, IndexedMessage, search_document
from chatstream.domain.event_documents import Origin, event_document
from chatstream.domain.tracing import ASKED, TRACEPARENT, WISHED, header, parse, wished
from chatstream.errors import PoisonMessage
from chatstream.ports.counting import Tokenizer
from schemas import codec
from schemas.actions import Action
from schemas.catalogue import CONTEXTS, TOPICS

_ACTIONS = {action.record: action for context in CONTEXTS for action in context.kept}
SOURCES = tuple(topic for topic in TOPICS if not _ACTIONS.keys().isdisjoint(topic.records))
"""Every topic with records that the log keeps."""

# A clock that says so is broken: the year 2286.
_LATEST = 10**13


def origin_of(event: EventT) -> Origin:
    """Where the event's record lies and how it came; what its headers say badly is not known."""
    message = event.message
    told = None if message.timestamp is None else round(message.timestamp * 1000)
    return Origin(
        topic=message.topic,
        partition=message.partition,
        offset=None if message.offset < 0 else message.offset,
        trace_id=parse(header(message.headers, TRACEPARENT)),
        asked=_time(wished(header(message.headers, ASKED))),
        wished=_time(wished(header(message.headers, WISHED))),
        told=_time(told),
    )


def _time(milliseconds: int | None) -> int | None:
    known = milliseconds is not None and 0 <= milliseconds < _LATEST
    return milliseconds if known else None


def event_of(origin: Origin, value: bytes | None, ingested: int) -> Document | None:
    """The event of one record alone; as Documents.of."""
    record = codec.decode(origin.topic, value)
    action = _ACTIONS.get(type(record))
    return None if action is None else _event(origin, action, record, ingested)


def _event(origin: Origin, action: Action, record: Any, ingested: int) -> Document:
    try:
        return event_document(origin, action.change(record), ingested)
    except ValueError as error:
        raise PoisonMessage(f"{origin.topic}: {error}") from error


def searched(said: IndexedMessage | IndexedPost, tokenizer: Tokenizer) -> Document:
    """The search's document: of a message with the words that count; a deleted one has none."""
    if isinstance(said, IndexedPost):
        return post_document(said)
    return search_document(said, () if said.text is None else tokenizer.count(said.text))


class Documents:
    """Makes documents; `tokenizer` finds the words of messages."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer

    def of(self, origin: Origin, value: bytes | None, ingested: int) -> Sequence[Document]:
        """The documents of one record, come to at `ingested` (milliseconds); none when unkept.

        PoisonMessage when it is broken.
        """
        record = codec.decode(origin.topic, value)
        action = _ACTIONS.get(type(record))
        if action is None:
            return ()
        event = _event(origin, action, record, ingested)
        if action.said is None:
            return (event,)
        try:
            return (event, searched(action.said(record), self.tokenizer))
        except ValueError as error:
            raise PoisonMessage(f"{origin.topic}: {error}") from error
