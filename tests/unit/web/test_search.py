"""GET /search/messages over fakes, behind a real aiohttp server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import ClientResponse
from aiohttp.web import Application

from chatstream.domain.documents import IndexedMessage, search_document
from chatstream.ports.accounts import Profile
from tests.fakes.people import FakeProfiles
from tests.fakes.rooms import FakeRooms
from tests.fakes.search import FakeDocuments, FakeSearch
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.edge import Edge, bearer, fault_of
from web import search

OWN, OTHERS = (str(uuid4()) for _ in range(2))


@dataclass
class Rig:
    edge: Edge
    rooms: FakeRooms
    documents: FakeDocuments
    profiles: FakeProfiles
    search: FakeSearch
    headers: Mapping[str, str]

    async def get(self, **parameters: str) -> ClientResponse:
        return await self.edge.client.get(
            "/search/messages", params=parameters, headers=self.headers
        )

    async def say(self, room_id: str, seq: int, text: str) -> None:
        said = IndexedMessage(
            room_id=room_id,
            seq=seq,
            rev=seq,
            message_id=str(uuid4()),
            account_id="a",
            user_id="minsu",
            user_name="민수",
            text=text,
            at=f"2026-11-21T12:00:{seq:02d}.000Z",
        )
        await self.documents.write([search_document(said)])


@pytest.fixture
async def rig(make_edge: MakeEdge) -> Rig:
    rooms, documents, profiles = FakeRooms(), FakeDocuments(), FakeProfiles()
    finder = FakeSearch(documents)

    def routes(app: Application) -> None:
        search.register(app, search.SearchPorts(finder, rooms, profiles))

    edge: Edge = await make_edge(routes)
    token = (await edge.tokens())["accessToken"]
    account_id = edge.accounts.by_handle["minsu"].account.account_id
    rooms.create(OWN, account_id)
    rooms.create(OTHERS, "someone else")
    return Rig(edge, rooms, documents, profiles, finder, bearer(token))


async def test_a_hit_is_shown_under_its_authors_name_of_now(rig: Rig) -> None:
    await rig.say(OWN, 1, "check")
    await rig.profiles.keep([Profile("a", 2, "minsu", "지은")])
    (hit,) = (await (await rig.get(q="check")).json())["hits"]
    assert (hit["userId"], hit["userName"]) == ("minsu", "지은")


async def test_a_hit_has_the_fields_of_a_message_and_its_highlight(rig: Rig) -> None:
    await rig.say(OWN, 1, "Message Check!")
    response = await rig.get(q="check")
    assert response.status == 200
    body: dict[str, Any] = await response.json()
    (hit,) = body["hits"]
    message_id = hit.pop("messageId")
    assert message_id
    assert hit == {
        "roomId": OWN,
        "seq": 1,
        "rev": 1,
        "userId": "minsu",
        "userName": "민수",
        "message": "Message Check!",
        "createdAt": "2026-11-21T12:00:01.000Z",
        "unread": None,
        "replyTo": None,
        "mentions": None,
        "editedAt": None,
        "deletedAt": None,
        "highlight": "Message \ue000Check\ue001!",
    }
    assert body["cursor"] is None


async def test_a_hit_is_shown_as_the_room_shows_it_now(rig: Rig) -> None:
    account = next(iter(rig.rooms.rooms[OWN].members))
    for text in ("secret one", "secret two", "secret three"):
        stored = rig.rooms.say(OWN, account, text)
        await rig.say(OWN, stored.seq, text)
    rig.rooms.edit(OWN, 1, "secret, edited")
    rig.rooms.unsay(OWN, 2)  # the search is behind and still has both texts
    hits = (await (await rig.get(q="secret")).json())["hits"]
    assert [(hit["seq"], hit["message"]) for hit in hits] == [
        (3, "secret three"),
        (1, "secret, edited"),
    ]
    assert hits[1]["highlight"] == "secret, edited"
    assert "two" not in json.dumps(hits)


async def test_nothing_is_found_in_rooms_the_caller_is_not_in(rig: Rig) -> None:
    await rig.say(OTHERS, 1, "secret")
    assert (await (await rig.get(q="secret")).json())["hits"] == []
    assert rig.search.asked[-1][1] == (OWN,)


async def test_a_room_left_is_not_searched_any_more(rig: Rig) -> None:
    await rig.say(OWN, 1, "secret")
    rig.rooms.rooms[OWN].members.clear()
    assert (await (await rig.get(q="secret")).json())["hits"] == []


@pytest.mark.parametrize(
    ("room_id", "status", "code"),
    [
        pytest.param(OTHERS, 403, "NOT_A_MEMBER", id="another's room"),
        pytest.param(str(uuid4()), 404, "ROOM_NOT_FOUND", id="no room"),
    ],
)
async def test_a_room_of_others_cannot_be_named(
    rig: Rig, room_id: str, status: int, code: str
) -> None:
    fault = await fault_of(await rig.get(q="secret", roomId=room_id))
    assert fault[:2] == (status, code)
    assert rig.search.asked == []


async def test_the_own_room_can_be_named_in_any_letter_case(rig: Rig) -> None:
    await rig.say(OWN, 1, "hello")
    assert len((await (await rig.get(q="hello", roomId=OWN.upper())).json())["hits"]) == 1


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        pytest.param({}, "q", id="no q"),
        pytest.param({"q": "  "}, "q", id="blank q"),
        pytest.param({"q": "a" * 201}, "q", id="long q"),
        pytest.param({"q": "a", "roomId": "7"}, "roomId", id="room is no UUID"),
        pytest.param({"q": "a", "sort": "oldest"}, "sort", id="unknown sort"),
        pytest.param({"q": "a", "limit": "0"}, "limit", id="limit 0"),
        pytest.param({"q": "a", "limit": "51"}, "limit", id="limit 51"),
        pytest.param({"q": "a", "limit": "many"}, "limit", id="limit no number"),
        pytest.param({"q": "a", "from": "yesterday"}, "from", id="from no time"),
        pytest.param({"q": "a", "from": "2026-11-21T12:00:00"}, "from", id="from without zone"),
        pytest.param({"q": "a", "from": "0001-01-01T00:00:00Z"}, "from", id="from too early"),
        pytest.param({"q": "a", "to": "2026-13-01T00:00:00Z"}, "to", id="to no time"),
        pytest.param(
            {"q": "a", "from": "2026-11-21T12:00:00Z", "to": "2026-11-21T12:00:00Z"},
            "to",
            id="empty span",
        ),
        pytest.param({"q": "a", "sender": ""}, "sender", id="empty sender"),
        pytest.param({"q": "a", "cursor": "x"}, "cursor", id="bad cursor"),
        pytest.param({"q": "a", "room_id": OWN}, "room_id", id="misspelt name"),
        pytest.param({"q": "a", "since": "2026-11-21T12:00:00Z"}, "since", id="inner name"),
    ],
)
async def test_a_wrong_parameter_is_named(rig: Rig, parameters: dict[str, str], field: str) -> None:
    status, code, details = await fault_of(await rig.get(**parameters))
    assert (status, code, details["field"]) == (400, "INVALID_INPUT", field)


async def test_a_parameter_given_twice_is_refused(rig: Rig) -> None:
    response = await rig.edge.client.get(
        "/search/messages?q=a&roomId=1&roomId=2", headers=rig.headers
    )
    _, code, details = await fault_of(response)
    assert (code, details["field"]) == ("INVALID_INPUT", "roomId")


async def test_times_are_passed_on_in_utc(rig: Rig) -> None:
    response = await rig.get(q="a", to="2026-11-21T21:00:00+09:00", sender="bora", sort="best")
    assert response.status == 200
    query = rig.search.asked[-1][0]
    assert (query.until, query.sender, query.sort) == ("2026-11-21T12:00:00.000Z", "bora", "best")


async def test_pages_follow_by_cursor(rig: Rig) -> None:
    for seq in range(1, 6):
        await rig.say(OWN, seq, f"hello {seq}")
    first = await (await rig.get(q="hello", limit="3")).json()
    second = await (await rig.get(q="hello", limit="3", cursor=first["cursor"])).json()
    assert [hit["seq"] for hit in first["hits"] + second["hits"]] == [5, 4, 3, 2, 1]
    assert second["cursor"] is None


async def test_nothing_found_offers_what_may_have_been_meant(rig: Rig) -> None:
    await rig.say(OWN, 1, "hello there")
    await rig.say(OTHERS, 1, "secret")
    for text, suggestion in (("helo", "hello"), ("sekret", None), ("hello", None)):
        body = await (await rig.get(q=text)).json()
        assert (body["suggestion"], bool(body["hits"])) == (suggestion, text == "hello")
    (hit,) = (await (await rig.get(q="hello")).json())["hits"]
    assert hit["message"] == "hello there"


async def test_what_was_deleted_or_edited_is_not_offered(rig: Rig) -> None:
    account = next(iter(rig.rooms.rooms[OWN].members))
    for text in ("hello", "welcome", "goodbye"):
        stored = rig.rooms.say(OWN, account, text)
        await rig.say(OWN, stored.seq, text)
    rig.rooms.unsay(OWN, 1)  # the search is behind and still has both texts
    rig.rooms.edit(OWN, 2, "other")
    for text, suggestion in (("helo", None), ("welcom", None), ("godbye", "goodbye")):
        assert (await (await rig.get(q=text)).json())["suggestion"] == suggestion


async def test_a_further_page_offers_nothing(rig: Rig) -> None:
    await rig.say(OWN, 1, "helo one")
    await rig.say(OWN, 2, "helo two")
    first = await (await rig.get(q="helo", limit="1")).json()
    rig.documents.kept.clear()
    await rig.say(OWN, 3, "hello")
    later = await (await rig.get(q="helo", limit="1", cursor=first["cursor"])).json()
    assert (later["hits"], later["suggestion"]) == ([], None)


async def test_without_the_store_the_answer_is_503_and_says_when_to_try_again(rig: Rig) -> None:
    rig.documents.away = True
    response = await rig.get(q="hello")
    status, code, _ = await fault_of(response)
    assert (status, code) == (503, "STORE_UNAVAILABLE")
    assert response.headers["Retry-After"] == "1"


async def test_a_stranger_may_not_search(rig: Rig) -> None:
    status, code, _ = await fault_of(await rig.edge.client.get("/search/messages?q=a"))
    assert (status, code) == (401, "NOT_AUTHENTICATED")


async def test_the_parameters_are_in_the_published_description(rig: Rig) -> None:
    document = await (await rig.edge.client.get("/openapi.json")).json()
    call = document["paths"]["/search/messages"]["get"]
    own = [parameter["name"] for parameter in call["parameters"] if "$ref" not in parameter]
    assert own == [
        "q",
        "roomId",
        "sender",
        "from",
        "to",
        "sort",
        "cursor",
        "limit",
    ]
