"""/ops/sanctions over fakes, behind a real aiohttp server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from aiohttp.web import Application

from chatstream.errors import ErrorCode, UserError
from chatstream.ports.copies import MuteFact
from chatstream.ports.sanctions import Sanction
from schemas import records
from schemas.contexts.conduct import SANCTION as SANCTION_STREAM
from tests.fakes.changes import Changes
from tests.fakes.copies import HastyCopies, PromptCopies
from tests.fakes.sanctions import AT, LATER, FakeSanctionReader
from tests.fakes.wishes import FakeWishes
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.edge import ORIGIN, PASSWORD, Edge, bearer, fault_of
from web import pages, sanctions

HTML = {"Accept": "text/html"}
WITHIN = 0.5
SANCTION = Sanction(
    sanction_id=str(uuid4()),
    account_id=str(uuid4()),
    user_id="jun",
    user_name="준",
    room_id=None,
    kind="mute",
    reason="repeat",
    detail="6 points",
    since=AT,
    until=LATER,
    lifted_at=None,
    lifted_by=None,
)
PATH = f"/ops/sanctions/{SANCTION.sanction_id}"


@dataclass
class Rig:
    edge: Edge
    wishes: FakeWishes
    reader: FakeSanctionReader
    operator: Mapping[str, str]
    user: Mapping[str, str]
    chat: PromptCopies

    async def get(self, headers: Mapping[str, str], **query: str) -> Any:
        return await self.edge.client.get(
            "/ops/sanctions", params=query, headers=headers, allow_redirects=False
        )

    async def lift(self, headers: Mapping[str, str], path: str = PATH) -> Any:
        return await self.edge.client.delete(path, headers=headers)


def lifted(wish: object, until: str = LATER) -> object:
    assert isinstance(wish, records.LiftSanction)
    return records.SanctionLifted(
        fact_no=2,
        request_id=wish.request_id,
        sanction_id=wish.sanction_id,
        account_id=wish.account_id,
        room_id=None,
        reason="repeat",
        until=until,
        lifted_by=wish.lifted_by,
        at=AT,
    )


@pytest.fixture
async def rig(make_edge: MakeEdge) -> Rig:
    wishes, reader = FakeWishes(lifted, Changes()), FakeSanctionReader([SANCTION])

    chat = PromptCopies()
    copies = HastyCopies(chat, WITHIN)

    def routes(app: Application) -> None:
        ports = sanctions.SanctionPorts(wishes, reader, pages.sanctions, copies)
        sanctions.register(app, ports)
        pages.register(app)

    edge: Edge = await make_edge(routes)
    user = bearer((await edge.tokens())["accessToken"])
    operator = await edge.operator()
    return Rig(edge, wishes, reader, operator, user, chat)


async def test_an_operator_reads_who_is_muted(rig: Rig) -> None:
    response = await rig.get(rig.operator)
    assert response.status == 200
    assert "Accept" in response.headers.getall("Vary")
    body = await response.json()
    assert body["cursor"] is None
    (shown,) = body["sanctions"]
    assert (shown["sanctionId"], shown["userId"], shown["roomId"], shown["until"]) == (
        SANCTION.sanction_id,
        "jun",
        None,
        LATER,
    )
    assert "accountId" not in shown


async def test_the_list_is_filtered_and_paged(rig: Rig) -> None:
    rig.reader.held.append(replace(SANCTION, sanction_id=str(uuid4()), lifted_at=AT))
    assert len((await (await rig.get(rig.operator)).json())["sanctions"]) == 1
    first = await (await rig.get(rig.operator, state="all", limit="1")).json()
    second = await (
        await rig.get(rig.operator, state="all", limit="1", cursor=first["cursor"])
    ).json()
    assert second["sanctions"][0]["liftedAt"] == AT
    assert (await (await rig.get(rig.operator, userId="min")).json())["sanctions"] == []


@pytest.mark.parametrize("query", [{"state": "x"}, {"limit": "0"}, {"limit": "101"}])
async def test_a_wrong_query_is_refused(rig: Rig, query: dict[str, str]) -> None:
    status, code, _ = await fault_of(await rig.get(rig.operator, **query))
    assert (status, code) == (400, "INVALID_INPUT")


async def test_an_operator_lifts_and_repeating_it_is_fine(rig: Rig) -> None:
    for _ in range(2):
        assert (await rig.lift(rig.operator)).status == 204
    topic, key, wish, identity = rig.wishes.asked[0]
    assert isinstance(wish, records.LiftSanction)
    assert (topic, key) == (SANCTION_STREAM.request.name, SANCTION.account_id)
    assert identity == (wish.request_id,)
    assert wish.lifted_by == rig.edge.accounts.by_handle["boss"].account.account_id


async def test_a_lift_is_answered_when_every_database_lets_the_member_write(rig: Rig) -> None:
    rig.wishes.answer = partial(lifted, until="2999-01-01T00:00:00.000Z")
    rig.chat.is_late = True
    refused = await rig.lift(rig.operator)
    assert (await fault_of(refused))[:2] == (503, "STORE_UNAVAILABLE")
    assert refused.headers["Retry-After"] == "1"
    rig.chat.is_late = False
    assert (await rig.lift(rig.operator)).status == 204
    assert rig.chat.asked[-1] == [MuteFact(SANCTION.sanction_id, 2)]


async def test_a_sanction_that_is_over_anyway_is_lifted_at_once(rig: Rig) -> None:
    """The copies forget it; nobody is refused because of it."""
    rig.chat.is_late = True
    rig.wishes.answer = partial(lifted, until="2000-01-01T00:00:00.000Z")
    assert (await rig.lift(rig.operator)).status == 204


@pytest.mark.parametrize("path", [f"/ops/sanctions/{uuid4()}", "/ops/sanctions/x"])
async def test_an_unknown_sanction_is_not_found(rig: Rig, path: str) -> None:
    status, code, _ = await fault_of(await rig.lift(rig.operator, path))
    assert (status, code) == (404, "NOT_FOUND")
    assert rig.wishes.asked == []


async def test_a_sanction_that_the_agent_does_not_find_is_not_found(rig: Rig) -> None:
    rig.wishes.answer = lambda wish: records.SanctionRefused(
        request_id="r", account_id="a", code="NOT_FOUND", reason="", at=AT
    )
    assert (await fault_of(await rig.lift(rig.operator)))[:2] == (404, "NOT_FOUND")


@pytest.mark.parametrize("code", [ErrorCode.BUSY, ErrorCode.STORE_UNAVAILABLE])
async def test_a_lift_without_an_outcome_may_be_repeated(rig: Rig, code: ErrorCode) -> None:
    def fail(wish: object) -> object:
        raise UserError(code, retry_after=1)

    rig.wishes.answer = fail
    response = await rig.lift(rig.operator)
    assert response.headers["Retry-After"] == "1"
    assert (await fault_of(response))[:2] == (503, str(code))


async def test_others_may_neither_read_nor_lift(rig: Rig) -> None:
    for response in (await rig.get(rig.user), await rig.lift(rig.user)):
        assert (await fault_of(response))[:2] == (403, "ACCESS_DENIED")
    for response in (await rig.get({}), await rig.lift({})):
        assert (await fault_of(response))[:2] == (401, "NOT_AUTHENTICATED")
    assert rig.wishes.asked == []


async def test_the_cookie_lifts_only_from_a_page_of_ours(rig: Rig) -> None:
    await rig.edge.client.post("/user/login", json={"userId": "boss", "password": PASSWORD})
    status, code, _ = await fault_of(await rig.lift({"Origin": "http://evil.example"}))
    assert (status, code) == (403, "ACCESS_DENIED")
    assert (await rig.lift({"Origin": ORIGIN})).status == 204


async def test_browsers_get_the_page_if_they_may(rig: Rig) -> None:
    page = await rig.get({**rig.operator, **HTML})
    assert page.status == 200
    assert "sanctions_page.js" in await page.text()
    denied = await rig.get({**rig.user, **HTML})
    assert denied.status == 403
    assert denied.content_type == "text/html"
    stranger = await rig.get(HTML)
    assert (stranger.status, stranger.headers["Location"]) == (303, "/login?next=/ops/sanctions")
