"""What finds what, on real Elasticsearch: a table, and the law over everything that is said.

The law (`chatstream.domain.search_queries`): a hit holds every word of the query, as a part of its
folded text, in another form of the same dictionary entry, or by the initials the word consists of.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from elasticsearch import AsyncElasticsearch

from chatstream.domain.documents import IndexedMessage, search_document
from chatstream.domain.folding import fold
from chatstream.domain.search_queries import found_in, query_words
from chatstream.ports.search import MATCH_BEGIN, MATCH_END, SearchHit, SearchQuery
from chatstream.settings import ElasticSettings
from infra.elastic.client import connect
from infra.elastic.queries import MARKED_LETTERS, MORPHEMES
from infra.elastic.search import ElasticSearch
from infra.elastic.sink import ElasticDocuments
from infra.elastic.templates import ensure_templates
from infra.embedded.stack import Stack
from infra.text.korean import Words
from tests.integration.search_table import FAMILY, TABLE, TEXTS
from tests.servers import elastic_of

pytestmark = pytest.mark.servers


@dataclass(frozen=True)
class Room:
    """A room in which every text was said, and a search over it."""

    search: ElasticSearch
    client: AsyncElasticsearch
    settings: ElasticSettings
    room_id: str

    async def say(self, *texts: str) -> str:
        """Another room with these texts."""
        room_id = str(uuid4())
        written = await ElasticDocuments(self.client, self.settings).write(
            [search_document(_said(room_id, seq, text)) for seq, text in enumerate(texts)]
        )
        assert (written.refused, written.delayed) == ({}, {})
        await self.client.indices.refresh(index="chatstream-messages-2001.02")
        return room_id

    async def find(self, text: str) -> list[SearchHit]:
        hits, cursor = await self.search.search(SearchQuery(text=text, limit=100), [self.room_id])
        assert cursor is None
        return list(hits)

    async def names(self, text: str) -> set[str]:
        names = list(TEXTS)
        return {names[hit.message.seq] for hit in await self.find(text)}


def _said(room_id: str, seq: int, text: str) -> IndexedMessage:
    return IndexedMessage(
        room_id=room_id,
        seq=seq,
        rev=seq,
        message_id=str(seq),
        account_id="a",
        user_id="ara",
        user_name="아라",
        text=text,
        at="2001-02-03T04:05:06.789Z",
    )


@pytest.fixture(scope="module")
async def room(servers: Stack) -> AsyncIterator[Room]:
    settings = elastic_of(servers)
    async with connect(settings) as client:
        await ensure_templates(client)
        made = Room(ElasticSearch(client, settings), client, settings, "")
        room_id = await made.say(*TEXTS.values())
        yield Room(made.search, client, settings, room_id)


async def test_the_table(room: Room) -> None:
    wrong = {
        text[:20]: (found, expected)
        for text, expected in TABLE
        if (found := await room.names(text)) != expected and expected is not None
    }
    assert wrong == {}


def holds(text: str, word: str, words: Words) -> bool:
    """The law for one word, by other means than those of the search: no Elasticsearch, no nori."""
    folded = fold(text)
    if found_in(folded, word):
        return True
    entries = {*words.count(word), *re.findall("[0-9]+|[a-z]+", word)}
    if not entries:  # pronouns and the like, which nobody counts: 어디서
        return len(word) > 2 and word[:2] in folded
    known = {*words.count(folded), *re.findall("[0-9]+|[a-z]+", folded)}
    together = folded.replace(" ", "")
    return all(entry in known or entry in together for entry in entries)


async def test_every_hit_holds_every_word(room: Room) -> None:
    words = Words()
    asked = {word for text in TEXTS.values() for word in fold(text).split()}
    asked |= {text for text, _ in TABLE}
    broken = [
        (text, hit.message.message)
        for text in sorted(asked)
        for hit in await room.find(text)
        for word in query_words(text)
        if not holds(hit.message.message, word, words)
    ]
    assert broken == []


async def test_every_part_of_every_word_finds_its_text(room: Room) -> None:
    parts: dict[str, set[str]] = {}
    for name, text in TEXTS.items():
        for word in fold(text).split():
            for begin in range(len(word)):
                for length in (1, 2, 3, len(word) - begin):
                    parts.setdefault(word[begin : begin + length], set()).add(name)
    sample = sorted(parts)[::3]
    missed = {
        part: missing
        for part in sample
        if (missing := parts[part] - await room.names(part))
        # In a query alone, what closes a sentence is none of the word.
        and query_words(part) == (part,)
    }
    assert missed == {}


@pytest.mark.parametrize(
    ("query", "name", "shown"),
    [
        pytest.param("KTX", "wide", "[ＫＴＸ] １２３４호차", id="full width"),
        pytest.param("1234호차", "wide", "ＫＴＸ [１２３４호차]", id="full width digits"),
        pytest.param("3000원", "comma", "합계 [3,000원]입니다", id="a comma within"),
        pytest.param("김", "stew", "어제 [김]치찌개 먹었어", id="one letter"),
        pytest.param("ㄱㅊㅉㄱ", "stew", "어제 [김치찌개] 먹었어", id="initials"),
        pytest.param("먹다", "stew", "어제 김치찌개 [먹]었어", id="a stem"),
        pytest.param("counters", "counter", "a [counter] on the desk", id="another form"),
        pytest.param("C++", "cpp", "I write [C++] every day", id="signs"),
        pytest.param("cafe", "cafe", "[Café] à la carte", id="an accent"),
        pytest.param("❤", "heart", "사랑 [❤️]", id="a variation selector"),
        pytest.param("👩", "family", f"우리 [{FAMILY}]", id="a part of a joined emoji"),
        pytest.param("안녕", "hidden", "[안\u200b녕]하세요", id="a character that shows nothing"),
        pytest.param("don't", "dont", "I [don’t] know", id="a typographic apostrophe"),
        pytest.param(
            "회의자료",
            "nfd",
            unicodedata.normalize("NFD", "[회의자료] 보냈어요"),
            id="decomposed",
        ),
    ],
)
async def test_matches_are_marked_on_what_was_typed(
    room: Room, query: str, name: str, shown: str
) -> None:
    (hit,) = [hit for hit in await room.find(query) if hit.message.seq == list(TEXTS).index(name)]
    assert hit.highlight.replace(MATCH_BEGIN, "[").replace(MATCH_END, "]") == shown
    assert hit.message.message == TEXTS[name]


class Answers:
    """Elasticsearch, with its last answer to a search; in place of a client."""

    def __init__(self, client: AsyncElasticsearch) -> None:
        self._client = client
        self.last: Any = {}

    def options(self, **options: Any) -> Answers:
        """As a client's."""
        self._client = self._client.options(**options)
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    async def search(self, **asked: Any) -> Any:
        """As a client's."""
        found = await self._client.search(**asked)
        self.last = found.body
        return found


def last_mark(marked: str) -> int:
    """Where the last match begins in the text without its marks; -1 when none is marked."""
    before, _, found = marked.rpartition(MATCH_BEGIN)
    return len(before.replace(MATCH_BEGIN, "").replace(MATCH_END, "")) if found else -1


@pytest.mark.parametrize(
    "text",
    ["ㅋ", "ㅋㅋ", "ㅋ" * 200, "가", " ".join("가나다라마바사" * 14), "나다라" * 60, "먹다"],
)
async def test_a_page_of_the_longest_texts_is_little_work_for_elasticsearch(
    room: Room, text: str
) -> None:
    """Each text is told once, and once more where it is marked; and marked near its begin alone.

    Elasticsearch's highlighter takes seconds for a page of whole texts.
    """
    longest = ("ㅋ" * 4000, "가나다 " * 1000, "나다라" * 1333, "김치찌개 먹었어 " * 440)
    own = await room.say(*[each for each in longest for _ in range(10)])
    answers: Any = Answers(room.client)
    search = ElasticSearch(answers, room.settings)
    hits, _ = await search.search(SearchQuery(text=text, limit=50), [own])
    marked = [
        each
        for item in answers.last["hits"]["hits"]
        for each in item.get("highlight", {}).get(MORPHEMES, ())
    ]
    said = sum(len(each.encode()) for each in (*(hit.message.message for hit in hits), *marked))
    told = len(json.dumps(answers.last, ensure_ascii=False).encode())
    assert told < said + 1000 * (len(hits) + 1)
    assert len(marked) in (0, len(hits))
    assert max(map(last_mark, marked), default=0) < MARKED_LETTERS


async def test_of_the_longest_texts_only_other_forms_are_marked_near_the_begin_alone(
    room: Room,
) -> None:
    own = await room.say("김치찌개 먹었어 " * 440)
    (form,), _ = await room.search.search(SearchQuery(text="먹다"), [own])
    assert 900 < last_mark(form.highlight) < MARKED_LETTERS
    (literal,), _ = await room.search.search(SearchQuery(text="찌개"), [own])
    assert last_mark(literal.highlight) > 3900
