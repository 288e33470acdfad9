"""The notice of a room over HTTP and on open pages; stores are fakes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from aiohttp.web import Application

from agents.loop.wish_sink import Asked
from agents.notices.wishes import wish_of
from chatstream.domain.notices import NoticeBoard, PinnedMessage
from chatstream.errors import ErrorCode, UserError
from chatstream.settings import LimitSettings
from schemas import codec, records
from schemas.contexts.notices import NOTICE
from tests.fakes.hub import World
from tests.fakes.notices import FakeNotices
from tests.fakes.rooms import AT, ROOM, FakeRooms
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.edge import bearer, fault_of
from web import notices
from web.edge.rates import MessageRates
from web.mutes import Muting

PATH = f"/chat/{ROOM}/notice"
PINNED = str(uuid4())


@dataclass
class StoreWishes:
    """Carries out wishes at once over the fake store; `away` is raised instead."""

    store: FakeNotices
    away: UserError | None = None

    async def ask(self, topic: str, wish: Any) -> object:
        assert (topic, wish.key) == (NOTICE.request.name, wish.room_id)
        if self.away is not None:
            raise self.away
        [answer] = await self.store.carry_out(None, [wish_of(Asked(wish, 0, 0))])
        return codec.decode(NOTICE.response.name, answer.body)

    def congested(self, key: str) -> bool:
        return False


class FakeMuting(Muting):
    """Refuses everybody while `refused` is set."""

    refused: UserError | None = None

    async def refusal(
        self, account_id: str, room_id: str, message_id: str | None = None
    ) -> UserError | None:
        return self.refused


@dataclass
class Rig:
    """A logged-in caller over fakes."""

    client: Any
    wishes: StoreWishes
    store: FakeNotices
    muting: FakeMuting
    account_id: str
    headers: dict[str, str]

    async def call(self, method: str, body: object = None, path: str = PATH) -> Any:
        return await self.client.request(method, path, json=body, headers=self.headers)

    async def fault(self, method: str, body: object = None, path: str = PATH) -> tuple[int, str]:
        status, code, _ = await fault_of(await self.call(method, body, path))
        return status, code


@pytest.fixture
async def rig(make_edge: MakeEdge) -> Rig:
    store, muting = FakeNotices(), FakeMuting(None, FakeRooms())  # type: ignore[arg-type]  # unused
    wishes = StoreWishes(store)

    def routes(app: Application) -> None:
        rates = MessageRates(LimitSettings(message_burst=20))
        notices.register(app, notices.NoticePorts(wishes, store, rates, muting))

    edge = await make_edge(routes)
    token = (await edge.tokens())["accessToken"]
    account_id = edge.accounts.by_handle["minsu"].account.account_id
    store.boards[ROOM] = NoticeBoard("group", account_id, False, 1, 1)
    store.members[ROOM] = {account_id}
    store.handles[account_id] = "minsu"
    store.messages[ROOM, PINNED] = PinnedMessage(PINNED, 1, 1, account_id, "pinned")
    return Rig(edge.client, wishes, store, muting, account_id, bearer(token))


async def test_a_notice_is_set_read_and_ended(rig: Rig) -> None:
    assert await (await rig.call("GET")).json() == {"notice": None}
    response = await rig.call("PUT", {"text": "9시에 만나요", "messageId": None})
    made = (await response.json())["notice"]
    assert response.status == 200
    assert {**made, "at": AT, "rev": 0} == {
        "text": "9시에 만나요",
        "messageId": None,
        "userId": "minsu",
        "userName": rig.account_id,
        "at": AT,
        "rev": 0,
    }
    assert (await (await rig.call("GET")).json())["notice"] == made
    assert (await (await rig.call("PUT", {"text": "9시에 만나요"})).json())["notice"] == made
    pinned = (await (await rig.call("PUT", {"messageId": PINNED.upper()})).json())["notice"]
    assert (pinned["text"], pinned["messageId"]) == ("pinned", PINNED)
    for _ in range(2):
        response = await rig.call("DELETE")
        assert (response.status, await response.text()) == (204, "")
    assert await (await rig.call("GET")).json() == {"notice": None}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": None}, "text"),
        ({"text": "a", "messageId": PINNED}, "messageId"),
        ({"text": "\u3164\u200b"}, "text"),
        ({"text": "가" * 1001}, "text"),
        ({"text": "a" + "\u0301" * 1000}, "text"),
    ],
)
async def test_what_can_be_no_notice_is_refused_by_its_field(
    rig: Rig, body: object, field: str
) -> None:
    status, code, details = await fault_of(await rig.call("PUT", body))
    assert (status, code, details["field"]) == (400, "INVALID_INPUT", field)
    assert rig.store.asked == []


async def test_the_longest_text_is_taken_and_stays_as_it_was_typed(rig: Rig) -> None:
    text = "\u1112\u1161\u11ab" * 333 + "!"  # letters as they are typed on some machines
    response = await rig.call("PUT", {"text": text})
    assert (await response.json())["notice"]["text"] == text


async def test_what_names_nothing_is_not_found(rig: Rig) -> None:
    for message_id in ("x", str(uuid4())):
        assert await rig.fault("PUT", {"messageId": message_id}) == (404, "MESSAGE_NOT_FOUND")
    for method, body in (("GET", None), ("PUT", {"text": "a"}), ("DELETE", None)):
        for room_id in ("nowhere", str(uuid4())):
            fault = await rig.fault(method, body, f"/chat/{room_id}/notice")
            assert fault == (404, "ROOM_NOT_FOUND")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_strangers_have_none_and_a_direct_room_neither(rig: Rig, method: str) -> None:
    body = {"text": "a"} if method == "PUT" else None
    rig.store.members[ROOM] = set()
    assert await rig.fault(method, body) == (403, "NOT_A_MEMBER")
    rig.store.members[ROOM] = {rig.account_id}
    rig.store.boards[ROOM].kind = "direct"
    status, code, details = await fault_of(await rig.call(method, body))
    assert (status, code, details["field"]) == (400, "INVALID_INPUT", "roomId")


@pytest.mark.parametrize(("method", "body"), [("PUT", {"text": "a"}), ("DELETE", None)])
async def test_what_the_owner_has_reserved_is_refused(rig: Rig, method: str, body: object) -> None:
    rig.store.boards[ROOM].is_reserved = True
    rig.store.boards[ROOM].owner_id = "another"
    assert await rig.fault(method, body) == (403, "NOTICE_LOCKED")


async def test_who_is_muted_sets_none_and_a_refused_text_says_why(rig: Rig) -> None:
    rig.store.muted.add(rig.account_id)
    status, code, details = await fault_of(await rig.call("PUT", {"text": "a"}))
    assert (status, code, details["reason"]) == (422, "MESSAGE_REFUSED", "muted")
    asked = len(rig.store.asked)
    rig.muting.refused = UserError(ErrorCode.MESSAGE_REFUSED, "muted")
    assert await rig.fault("PUT", {"messageId": PINNED}) == (422, "MESSAGE_REFUSED")
    assert len(rig.store.asked) == asked
    assert (await rig.call("DELETE")).status == 204


@pytest.mark.parametrize(("method", "body"), [("PUT", {"text": "a"}), ("DELETE", None)])
async def test_too_many_and_a_store_that_is_away_say_when_to_try_again(
    rig: Rig, method: str, body: object
) -> None:
    rig.wishes.away = UserError(ErrorCode.STORE_UNAVAILABLE, retry_after=1.0)
    assert await rig.fault(method, body) == (503, "STORE_UNAVAILABLE")
    rig.wishes.away = None
    answers = [await rig.call(method, body) for _ in range(40)]
    assert {answer.status for answer in answers} == {204 if method == "DELETE" else 200, 429}


def fact(kind: type[records.NoticeFact], rev: int, text: str | None = None) -> records.NoticeFact:
    shown = None
    if text is not None:
        shown = records.ShownNotice(
            text=text, message_id=None, user_id="min", user_name="\u3164", at=AT, rev=rev
        )
    return kind(
        fact_no=rev, request_id="q", account_id="min", room_id=ROOM, room_kind="group",
        access_version=1, rev=rev, at=AT, notice=shown,
    )  # fmt: skip


async def test_open_pages_are_told_what_the_room_shows(world: World) -> None:
    socket, _, _ = await world.listen("min")
    world.tell(fact(records.NoticeSet, 1, "hello"), fact(records.NoticeSet, 1))
    world.tell(fact(records.NoticeEnded, 2))
    first, ended = socket.bodies
    assert (first["type"], first["rev"], first["notice"]["text"]) == ("notice", 1, "hello")
    assert first["notice"]["userName"] == "min"  # in the place of a name with nothing to see
    assert ended == {"type": "notice", "roomId": ROOM, "notice": None, "rev": 2}
