"""An in-memory DocumentStore and a MessageSearch over what it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from chatstream.domain.documents import MESSAGES, Document
from chatstream.domain.folding import fold, fold_with_spans
from chatstream.domain.misspelling import near_words
from chatstream.domain.search_queries import found_in, query_words
from chatstream.domain.suggestions import asked_words, suggested_texts
from chatstream.errors import TransientFailure
from chatstream.ports.messages import StoredMessage
from chatstream.ports.search import (
    MATCH_BEGIN,
    MATCH_END,
    SearchHit,
    SearchQuery,
    Suggestion,
    Written,
)
from tests.fakes.pages import page


@dataclass
class FakeDocuments:
    """Keeps documents by (index, id).

    While `away` everything is delayed, `busy` delays the named ids once, `refused` ids never go in.
    `writes` holds the ids of each write.
    """

    kept: dict[tuple[str, str], Document] = field(default_factory=dict)
    away: bool = False
    busy: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    writes: list[list[str]] = field(default_factory=list)

    async def write(self, documents: Sequence[Document]) -> Written:
        self.writes.append([document.id for document in documents])
        if self.away:
            return Written({}, dict.fromkeys(range(len(documents)), "away"))
        refused = {n: "bad" for n, document in enumerate(documents) if document.id in self.refused}
        delayed = {n: "busy" for n, document in enumerate(documents) if document.id in self.busy}
        self.busy.clear()
        for number, document in enumerate(documents):
            if number not in refused and number not in delayed:
                self._keep(document)
        return Written(refused, delayed)

    def _keep(self, document: Document) -> None:
        place = (document.index, document.id)
        old = self.kept.get(place)
        newer = document.version is not None and document.version >= ((old and old.version) or 0)
        if old is None or newer:
            self.kept[place] = document

    async def refresh(self) -> None:
        """Everything is searchable at once."""

    async def count(self, index: str) -> int:
        return sum(1 for kept, _ in self.kept if kept == index)

    async def body(self, index: str, identity: str) -> Mapping[str, Any]:
        return self.kept[index, identity].body


class FakeSearch:
    """Finds a word as a part of the folded text, an English one in any form, and by initials."""

    def __init__(self, documents: FakeDocuments) -> None:
        self._documents = documents
        self.asked: list[tuple[SearchQuery, tuple[str, ...]]] = []

    async def search(
        self, query: SearchQuery, room_ids: Sequence[str]
    ) -> tuple[Sequence[SearchHit], str | None]:
        self.asked.append((query, tuple(room_ids)))
        if self._documents.away:
            raise TransientFailure("the search is away")
        words = query_words(query.text)
        found = [
            message
            for message in map(_message, self._bodies())
            if message.room_id in room_ids and _fits(message, query, words)
        ]
        found.sort(key=lambda message: (message.room_id, -message.seq))
        found.sort(key=lambda message: message.created_at, reverse=True)
        if query.sort == "best":
            found.sort(key=lambda message: _score(message.message, words), reverse=True)
        kept, more = page(_identity(query), found, query.cursor, query.limit)
        return [SearchHit(message, _marked(message.message, words)) for message in kept], more

    async def suggest(self, query: SearchQuery, room_ids: Sequence[str]) -> Suggestion | None:
        words = asked_words(query.text)
        own = [
            message.message
            for message in map(_message, self._bodies())
            if message.room_id in room_ids and _in_scope(message, query)
        ]
        asked = [each.word for each in words] + [each.switched for each in words]
        found = {word for word in asked if word and any(_has(text, word) for text in own)}
        near = {each.word: near_words(each.word, map(fold, own)) for each in words}
        for text in suggested_texts(words, found, near):
            hits, _ = await self.search(replace(query, text=text, cursor=None, limit=5), room_ids)
            if hits:
                return Suggestion(text, hits)
        return None

    def _bodies(self) -> list[Any]:
        return [
            document.body
            for (index, _), document in self._documents.kept.items()
            if index.startswith(MESSAGES) and "message" in document.body
        ]


def _message(body: Any) -> StoredMessage:
    place = body["chatstream"]
    return StoredMessage(
        room_id=place["room"]["id"],
        seq=place["message"]["seq"],
        rev=place["message"]["rev"],
        message_id=place["message"]["id"],
        account_id=body["user"]["id"],
        user_id=body["user"]["name"],
        user_name=body["user"]["full_name"],
        message=body["message"],
        created_at=body["@timestamp"],
    )


def _fits(message: StoredMessage, query: SearchQuery, words: Sequence[str]) -> bool:
    text = fold(message.message)
    return bool(words) and all(found_in(text, word) for word in words) and _in_scope(message, query)


def _in_scope(message: StoredMessage, query: SearchQuery) -> bool:
    return (
        query.sender in (None, message.user_id)
        and (query.since is None or query.since <= message.created_at)
        and (query.until is None or message.created_at < query.until)
    )


def _has(text: str, word: str) -> bool:
    return bool(found_in(fold(text), word))


def _score(text: str, words: Sequence[str]) -> float:
    folded = fold(text)
    return sum(len(found_in(folded, word)) for word in words) / len(text)


def _marked(text: str, words: Sequence[str]) -> str:
    plain = text.replace(MATCH_BEGIN, "").replace(MATCH_END, "")
    if plain != text:
        return plain
    folded = fold_with_spans(text)
    shown, at = "", 0
    for begin, end in folded.typed(span for word in words for span in found_in(folded.text, word)):
        shown += f"{text[at:begin]}{MATCH_BEGIN}{text[begin:end]}{MATCH_END}"
        at = end
    return shown + text[at:]


def _identity(query: SearchQuery) -> str:
    return repr((query.text, query.sender, query.since, query.until, query.sort))
