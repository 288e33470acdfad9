"""Search over messages, and the documents it finds them by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from chatstream.domain.documents import Document
from chatstream.ports.messages import StoredMessage

# Private-use characters, not markup: whoever shows the text escapes it first, then replaces them.
MATCH_BEGIN = "\ue000"
MATCH_END = "\ue001"


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A found message; `highlight` is its text with each match between the two marks above."""

    message: StoredMessage
    highlight: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """What to look for: `text` is 1 to 200 characters, `limit` 1 to 50, `since <= time < until`."""

    text: str
    sender: str | None = None
    since: str | None = None
    until: str | None = None
    sort: Literal["newest", "best"] = "newest"
    cursor: str | None = None
    limit: int = 20


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Another text to look for, with some of its hits: one at least."""

    text: str
    hits: Sequence[SearchHit]


class MessageSearch(Protocol):
    """Full-text search over messages; sees a message within seconds of its storing."""

    async def search(
        self, query: SearchQuery, room_ids: Sequence[str]
    ) -> tuple[Sequence[SearchHit], str | None]:
        """Hits in these rooms only, and the cursor of the next page (None: there is none).

        A message is found when it holds every word of the text. INVALID_INPUT naming `cursor`
        when the cursor is not one of this query's.
        """
        ...

    async def suggest(self, query: SearchQuery, room_ids: Sequence[str]) -> Suggestion | None:
        """What may have been meant by a query that found nothing; None when nothing is near.

        Only texts that this query may find decide: of these rooms, this sender, this time. What
        is said elsewhere changes nothing. The query's cursor and limit do not count.
        """
        ...


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a write's documents, by their index in it; all others are stored.

    `refused` can never be stored, `delayed` may be stored later; the values are the reasons.
    """

    refused: Mapping[int, str]
    delayed: Mapping[int, str]


class DocumentStore(Protocol):
    """Keeps documents for analysis and search."""

    async def write(self, documents: Sequence[Document]) -> Written:
        """Store the documents; one that is stored already is left as it is, and counts as stored.

        Never raises because the store is away or too busy: what it did not take is `delayed`.
        """
        ...
