"""The contract of DocumentStore and MessageSearch, on the fake and on real Elasticsearch."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import uuid4

import pytest

from chatstream.domain.documents import Document, IndexedMessage, search_document
from chatstream.domain.event_documents import Change, Origin, event_document
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.search import (
    MATCH_BEGIN,
    MATCH_END,
    DocumentStore,
    MessageSearch,
    SearchHit,
    SearchQuery,
)
from chatstream.settings import ElasticSettings
from infra.elastic.client import connect
from infra.elastic.search import ElasticSearch
from infra.elastic.sink import ElasticDocuments
from infra.elastic.templates import ensure_templates
from infra.embedded.stack import Stack
from tests.contract.paging import every_entry, refuses_foreign_cursors
from tests.fakes.search import FakeDocuments, FakeSearch
from tests.servers import elastic_of

pytestmark = pytest.mark.servers


class Inside(Protocol):
    """What the tests look at from outside the ports."""

    async def refresh(self) -> None: ...

    async def count(self, index: str) -> int: ...

    async def body(self, index: str, identity: str) -> Mapping[str, Any]: ...


class ElasticInside:
    """Looks into a real Elasticsearch."""

    def __init__(self, settings: ElasticSettings) -> None:
        self.client = connect(settings)

    async def refresh(self) -> None:
        await self.client.indices.refresh(index="chatstream-*")

    async def count(self, index: str) -> int:
        await self.refresh()
        return int((await self.client.count(index=index, ignore_unavailable=True))["count"])

    async def body(self, index: str, identity: str) -> Mapping[str, Any]:
        source: Mapping[str, Any] = (await self.client.get(index=index, id=identity))["_source"]
        return source


@dataclass
class Rig:
    store: DocumentStore
    search: MessageSearch
    inside: Inside

    async def say(self, room_id: str, *texts: str, **changes: Any) -> None:
        written = await self.store.write(
            [search_document(said(room_id, seq, text, **changes)) for seq, text in enumerate(texts)]
        )
        assert (written.refused, written.delayed) == ({}, {})
        await self.inside.refresh()

    async def find(self, *room_ids: str, **query: Any) -> list[SearchHit]:
        hits, _ = await self.search.search(SearchQuery(**query), room_ids)
        return list(hits)

    async def seqs(self, *room_ids: str, **query: Any) -> list[int]:
        return [hit.message.seq for hit in await self.find(*room_ids, **query)]


def said(room_id: str, seq: int, text: str, **changes: Any) -> IndexedMessage:
    fields: dict[str, Any] = {
        "room_id": room_id,
        "seq": seq,
        "rev": seq + 100,
        "message_id": f"00000000-0000-4000-8000-{seq:012d}",
        "account_id": "account",
        "user_id": "minsu",
        "user_name": "민수",
        "text": text,
        "at": f"2001-02-03T04:05:{seq:02d}.678Z",
    }
    return IndexedMessage(**(fields | changes))


@pytest.fixture(params=["fake", "elastic"])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    if request.param == "fake":
        documents = FakeDocuments()
        yield Rig(documents, FakeSearch(documents), documents)
        return
    servers: Stack = request.getfixturevalue("servers")
    settings = elastic_of(servers)
    inside = ElasticInside(settings)
    await ensure_templates(inside.client)
    yield Rig(
        ElasticDocuments(inside.client, settings), ElasticSearch(inside.client, settings), inside
    )
    await inside.client.close()


@pytest.fixture
def room() -> str:
    return str(uuid4())


# -- the store -------------------------------------------------------------------------------


def event(topic: str, fact_no: int, account_id: str = "account") -> Document:
    change = Change(
        action="accountCreated",
        category=("iam",),
        types=("user", "creation"),
        at="2001-02-03T04:05:06.789Z",
        account_id=account_id,
        fact_no=fact_no,
    )
    return event_document(Origin(topic=topic, partition=0), change, 0)


async def test_an_event_is_kept_as_it_was_written_first(rig: Rig, room: str) -> None:
    first, again = event(room, 1, "first"), event(room, 1, "second")
    for document in (first, again):
        written = await rig.store.write([document])
        assert (written.refused, written.delayed) == ({}, {})
    assert await rig.inside.body(first.index, first.id) == first.body


async def test_a_message_keeps_its_highest_version_whatever_the_order(rig: Rig, room: str) -> None:
    old, new = said(room, 1, "old", rev=5), said(room, 1, "new", rev=6)
    for version in (old, new, old):
        written = await rig.store.write([search_document(version)])
        assert (written.refused, written.delayed) == ({}, {})
    place = search_document(new)
    assert (await rig.inside.body(place.index, place.id))["message"] == "new"


async def test_a_write_repeated_adds_nothing(rig: Rig, room: str) -> None:
    index = event(room, 1).index
    before = await rig.inside.count(index)
    documents = [event(room, number) for number in range(1200)]
    for _ in range(2):
        written = await rig.store.write(documents)
        assert (written.refused, written.delayed) == ({}, {})
    assert await rig.inside.count(index) == before + 1200


# -- the search ------------------------------------------------------------------------------


async def test_only_the_named_rooms_are_searched(rig: Rig, room: str) -> None:
    other = str(uuid4())
    await rig.say(room, "hello here")
    await rig.say(other, "hello there")
    assert [hit.message.message for hit in await rig.find(room, text="hello")] == ["hello here"]
    assert len(await rig.find(room, other, text="hello")) == 2
    assert await rig.find(text="hello") == []


async def test_a_hit_is_the_message_as_it_was_stored(rig: Rig, room: str) -> None:
    await rig.say(room, " Message Check!\nI am <b>sending</b> it! ")
    (hit,) = await rig.find(room, text="check")
    assert hit.message.message == " Message Check!\nI am <b>sending</b> it! "
    assert (hit.message.room_id, hit.message.seq, hit.message.rev) == (room, 0, 100)
    assert (hit.message.account_id, hit.message.user_id) == ("account", "minsu")
    assert (hit.message.user_name, hit.message.created_at) == ("민수", "2001-02-03T04:05:00.678Z")
    assert hit.message.message_id == "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("text", "seqs"),
    [
        pytest.param("hello", [3, 1, 0], id="one word"),
        pytest.param("HELLO", [3, 1, 0], id="any letter case"),
        pytest.param("hello world", [3, 0], id="every word"),
        pytest.param("world hello", [3, 0], id="in any order"),
        pytest.param("ell", [3, 1, 0], id="a part of a word"),
        pytest.param("회의록", [2], id="korean"),
        pytest.param("의록", [2], id="a part of a korean word"),
        pytest.param("absent", [], id="nothing"),
    ],
)
async def test_a_message_is_found_by_its_words_newest_first(
    rig: Rig, room: str, text: str, seqs: list[int]
) -> None:
    await rig.say(room, "Hello, world", "hello you", "회의록을 공유했습니다", "world of hello")
    assert await rig.seqs(room, text=text) == seqs


async def test_best_comes_first_when_asked(rig: Rig, room: str) -> None:
    await rig.say(room, "hello hello", "hello and very many other words beside it, so many words")
    assert await rig.seqs(room, text="hello", sort="best") == [0, 1]
    assert await rig.seqs(room, text="hello", sort="newest") == [1, 0]


async def test_the_sender_is_a_filter(rig: Rig, room: str) -> None:
    await rig.say(room, "hello", user_id="bora")
    assert await rig.seqs(room, text="hello", sender="bora") == [0]
    assert await rig.seqs(room, text="hello", sender="minsu") == []


@pytest.mark.parametrize(
    ("span", "seqs"),
    [
        pytest.param({"since": "2001-02-03T04:05:01.678Z"}, [2, 1], id="since is within"),
        pytest.param({"until": "2001-02-03T04:05:01.678Z"}, [0], id="until is outside"),
        pytest.param(
            {"since": "2001-02-03T04:05:01.000Z", "until": "2001-02-03T04:05:02.000Z"},
            [1],
            id="both",
        ),
    ],
)
async def test_the_time_is_a_filter(
    rig: Rig, room: str, span: dict[str, str], seqs: list[int]
) -> None:
    await rig.say(room, "hello", "hello", "hello")
    assert await rig.seqs(room, text="hello", **span) == seqs


@pytest.mark.parametrize("sort", ["newest", "best"])
async def test_pages_hold_every_hit_once_also_at_equal_times(
    rig: Rig, room: str, sort: str
) -> None:
    other = str(uuid4())
    for each in (room, other):
        await rig.say(each, *["hello"] * 13, at="2001-02-03T04:05:06.789Z")

    async def read(cursor: str | None, limit: int) -> tuple[Sequence[SearchHit], str | None]:
        query = SearchQuery(text="hello", sort=sort, limit=limit, cursor=cursor)  # type: ignore[arg-type]
        return await rig.search.search(query, (room, other))

    every = sorted((each, seq) for each in (room, other) for seq in range(13))
    for limit in (1, 3, 7, 25, 26, 27):
        found = await every_entry(read, limit)
        assert sorted((hit.message.room_id, hit.message.seq) for hit in found) == every, limit
    await refuses_foreign_cursors(read)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"text": "other"}, id="another text"),
        pytest.param({"sort": "best"}, id="another order"),
        pytest.param({"sender": "bora"}, id="another sender"),
    ],
)
async def test_a_cursor_belongs_to_its_query(rig: Rig, room: str, change: dict[str, Any]) -> None:
    await rig.say(room, "hello", "hello")
    _, cursor = await rig.search.search(SearchQuery(text="hello", limit=1), (room,))
    assert cursor is not None
    with pytest.raises(UserError) as caught:
        await rig.search.search(
            SearchQuery(**({"text": "hello", "cursor": cursor} | change)), (room,)
        )
    assert caught.value.code is ErrorCode.INVALID_INPUT
    assert caught.value.details["field"] == "cursor"


# -- did you mean ----------------------------------------------------------------------------


async def meant(rig: Rig, *room_ids: str, **query: Any) -> str | None:
    """The suggestion's text; that it has the hits it comes with is looked at as well."""
    suggestion = await rig.search.suggest(SearchQuery(**query), room_ids)
    if suggestion is None:
        return None
    found = await rig.find(*room_ids, **(query | {"text": suggestion.text}))
    assert suggestion.hits
    assert list(suggestion.hits) == found[: len(suggestion.hits)]
    return suggestion.text


SAID = (
    "안녕하세요 여러분",
    "오늘 점심을 뭐 먹지?",
    "회의록을 공유했습니다",
    "김치찌개 먹었어",
    "이제 됐다",
    "Hello, a message check",
    "please receive the package",
    "the end",
)


@pytest.mark.parametrize(
    ("text", "suggested"),
    [
        pytest.param("안녕하세오", "안녕하세요", id="korean"),
        pytest.param("점신", "점심", id="two syllables"),
        pytest.param("회으록", "회의록", id="three"),
        pytest.param("김치찌게", "김치찌개", id="a vowel that sounds alike"),
        pytest.param("공우했습니다", "공유했습니다", id="a verb"),
        pytest.param("gimchi", None, id="a romanisation"),
        pytest.param("dkssud", "안녕", id="the other layout"),
        pytest.param("ㅗ디ㅣㅐ", "hello", id="the other layout, in hangul"),
        pytest.param("helo", "hello", id="english"),
        pytest.param("recieve", "receive", id="neighbours exchanged"),
        pytest.param("teh", "the", id="a short word"),
        pytest.param("hello mesage", "hello message", id="one of two words"),
        pytest.param("안녕하세오 여러분", "안녕하세요 여러분", id="the first of two"),
        pytest.param("점심 recieve", None, id="words that no text has together"),
        pytest.param("hello package", None, id="well written words apart from each other"),
        pytest.param("xylophone", None, id="nothing near"),
        pytest.param("*", None, id="a sign"),
        pytest.param("01012345678", None, id="a number"),
        pytest.param("hello~2 OR mesage", None, id="nothing is syntax"),
        pytest.param(" ".join("bcdfghjkl"), None, id="a sentence"),
        pytest.param("\u200b", None, id="nothing to see"),
    ],
)
async def test_what_may_have_been_meant(
    rig: Rig, room: str, text: str, suggested: str | None
) -> None:
    await rig.say(room, *SAID)
    assert await meant(rig, room, text=text) == suggested


async def test_what_is_suggested_may_be_found_by_this_query(rig: Rig, room: str) -> None:
    await rig.say(room, "hello one", "hello two")
    time = "2001-02-03T04:05:01.678Z"
    assert await meant(rig, room, text="helo", sender="minsu", since=time) == "hello"
    assert await meant(rig, room, text="helo", sender="bora") is None
    assert await meant(rig, room, text="helo", since="2001-02-03T04:05:02.000Z") is None
    assert await meant(rig, text="helo") is None


async def test_what_others_say_is_never_suggested_and_changes_nothing(rig: Rig, room: str) -> None:
    other = str(uuid4())
    await rig.say(room, *["a hello"] * 2, "hallo", "점심 먹자")
    before = [await meant(rig, room, text=text) for text in ("hblo", "helo", "점신", "sekret")]
    await rig.say(other, *["halo secret hella 점슨"] * 70, at="2001-02-04T00:00:00.000Z")
    after = [await meant(rig, room, text=text) for text in ("hblo", "helo", "점신", "sekret")]
    assert after == before == [None, "hello", "점심", None]
    assert await meant(rig, other, text="sekret") == "secret"


# -- the marks -------------------------------------------------------------------------------


def shown(hits: Sequence[SearchHit]) -> list[str]:
    return [hit.highlight.replace(MATCH_BEGIN, "[").replace(MATCH_END, "]") for hit in hits]


async def test_matches_are_marked_and_nothing_is_turned_into_markup(rig: Rig, room: str) -> None:
    await rig.say(room, "<b>hello</b> & Hello <script>")
    assert shown(await rig.find(room, text="hello")) == ["<b>[hello]</b> & [Hello] <script>"]


async def test_a_text_with_the_marks_own_characters_gets_none(rig: Rig, room: str) -> None:
    text = f"fake {MATCH_BEGIN}match{MATCH_END} hello"
    await rig.say(room, text)
    (hit,) = await rig.find(room, text="hello")
    assert hit.highlight == "fake match hello"
    assert hit.message.message == text
