"""The talk drawer over HTTP, behind a real aiohttp server; stores are fakes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from aiohttp.web import Application

from chatstream.errors import ErrorCode, UserError
from chatstream.settings import LimitSettings
from schemas import records
from tests.fakes.changes import Changes
from tests.fakes.rooms import AT, ROOM
from tests.fakes.saving import FakeSaved, FakeSavedRoom
from tests.fakes.wishes import FakeWishes
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.edge import bearer, fault_of
from web import saving
from web.edge.rates import MessageRates

ONE = str(uuid4())


def carried_out(wish: object) -> object:
    assert isinstance(wish, records.SaveMessage | records.UnsaveMessage)
    named: dict[str, Any] = {
        "request_id": wish.request_id,
        "room_id": wish.room_id,
        "account_id": wish.account_id,
        "message_id": wish.message_id,
    }
    if isinstance(wish, records.SaveMessage):
        return records.MessageSaved(**named, saved_at=AT)
    return records.MessageUnsaved(**named, at=AT)


def refused(code: str) -> Callable[[object], object]:
    def answer(wish: object) -> object:
        assert isinstance(wish, records.SaveMessage)
        return records.SaveRefused(
            request_id=wish.request_id,
            room_id=wish.room_id,
            account_id=wish.account_id,
            message_id=wish.message_id,
            code=code,
            reason="no",
            at=AT,
        )

    return answer


@dataclass
class Rig:
    """A logged-in caller over fakes."""

    client: Any
    wishes: FakeWishes
    saved: FakeSaved
    account_id: str
    headers: dict[str, str]

    async def call(self, method: str, path: str) -> Any:
        return await self.client.request(method, path, headers=self.headers)


@pytest.fixture
async def rig(make_edge: MakeEdge) -> Rig:
    wishes, saved = FakeWishes(carried_out, Changes()), FakeSaved()

    def routes(app: Application) -> None:
        ports = saving.SavedPorts(wishes, saved, MessageRates(LimitSettings(message_burst=20)))
        saving.register(app, ports)

    edge = await make_edge(routes)
    token = (await edge.tokens())["accessToken"]
    account_id = edge.accounts.by_handle["minsu"].account.account_id
    return Rig(edge.client, wishes, saved, account_id, bearer(token))


async def test_saving_and_letting_go_answer_when_they_are_stored_and_again(rig: Rig) -> None:
    for method, kind in (("PUT", records.SaveMessage), ("DELETE", records.UnsaveMessage)):
        for _ in range(2):
            response = await rig.call(method, f"/chat/saved/{ROOM}/{ONE}")
            assert (response.status, await response.text()) == (204, "")
            topic, key, wish, identity = rig.wishes.asked[-1]
            assert (topic, key) == ("kakao.chat.savedMessage.REQUEST", ROOM)
            assert isinstance(wish, kind)
            assert (wish.account_id, wish.message_id) == (rig.account_id, ONE)
            assert identity == (wish.request_id,)


@pytest.mark.parametrize(
    ("code", "status"), [("NOT_A_MEMBER", 403), ("ROOM_NOT_FOUND", 404), ("MESSAGE_NOT_FOUND", 404)]
)
async def test_a_refusal_is_told(rig: Rig, code: str, status: int) -> None:
    rig.wishes.answer = refused(code)
    fault = await fault_of(await rig.call("PUT", f"/chat/saved/{ROOM}/{ONE}"))
    assert fault[:2] == (status, code)


async def test_a_store_that_is_away_is_told(rig: Rig) -> None:
    def away(_: object) -> object:
        raise UserError(ErrorCode.STORE_UNAVAILABLE, retry_after=1.0)

    rig.wishes.answer = away
    response = await rig.call("DELETE", f"/chat/saved/{ROOM}/{ONE}")
    assert response.headers["Retry-After"]
    assert (await fault_of(response))[:2] == (503, "STORE_UNAVAILABLE")


async def test_ids_that_can_be_of_nothing_are_not_found(rig: Rig) -> None:
    fault = await fault_of(await rig.call("PUT", f"/chat/saved/{ROOM}/nothing"))
    assert fault[:2] == (404, "MESSAGE_NOT_FOUND")
    fault = await fault_of(await rig.call("PUT", f"/chat/saved/nowhere/{ONE}"))
    assert fault[:2] == (404, "ROOM_NOT_FOUND")
    assert rig.wishes.asked == []


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_who_saves_too_much_is_told_to_wait(rig: Rig, method: str) -> None:
    answers = [await rig.call(method, f"/chat/saved/{ROOM}/{ONE}") for _ in range(40)]
    assert {answer.status for answer in answers} == {204, 429}
    assert all("Retry-After" in answer.headers for answer in answers if answer.status == 429)


async def test_the_drawer_is_the_callers_own_and_pages(rig: Rig) -> None:
    ids = [str(uuid4()) for _ in range(3)]
    rig.saved.rooms[ROOM] = FakeSavedRoom({rig.account_id}, dict.fromkeys(ids, "hi"))
    for number, each in enumerate(ids):
        rig.saved.kept[rig.account_id, ROOM, each] = f"2026-11-21T12:00:0{number}.000Z"
    rig.saved.kept["someone else", ROOM, ids[0]] = AT
    first = await (await rig.call("GET", "/chat/saved?limit=2")).json()
    rest = await (await rig.call("GET", f"/chat/saved?limit=2&cursor={first['cursor']}")).json()
    assert [each["messageId"] for each in first["saved"] + rest["saved"]] == ids[::-1]
    assert rest["cursor"] is None
    assert first["saved"][0] == {
        "roomId": ROOM,
        "messageId": ids[2],
        "savedAt": "2026-11-21T12:00:02.000Z",
        "state": "shown",
        "roomKind": None,
        "roomName": None,
        "seq": None,
        "userId": None,
        "userName": None,
        "message": "hi",
        "createdAt": None,
    }


@pytest.mark.parametrize("query", ["limit=0", "limit=101"])
async def test_another_query_is_refused(rig: Rig, query: str) -> None:
    fault = await fault_of(await rig.call("GET", f"/chat/saved?{query}"))
    assert fault[:2] == (400, "INVALID_INPUT")


async def test_without_a_login_there_is_no_drawer(rig: Rig) -> None:
    rig.headers = {}
    for method, path in (("GET", ""), ("PUT", f"/{ROOM}/{ONE}"), ("DELETE", f"/{ROOM}/{ONE}")):
        assert (await fault_of(await rig.call(method, f"/chat/saved{path}")))[0] == 401
