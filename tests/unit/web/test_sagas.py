"""/ops/sagas over a fake, behind a real aiohttp server: operators see all, others their own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from chatstream.domain.erasure import ALARM_ATTEMPTS
from chatstream.ports.erasure import SagaView, StepView
from schemas.catalogue import ERASURE_STEPS
from tests.fakes.pages import page
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.edge import PASSWORD, Edge, bearer, fault_of
from web import pages, sagas

AT = "2026-11-21T12:00:00.000Z"
HTML = {"Accept": "text/html"}


def view(account_id: str, *, done: int = 1, attempts: int = 1) -> SagaView:
    """A saga with so many finished steps."""
    steps = [
        StepView(step, attempts, AT, AT if place < done else None, "secret problem", {"rows": 1})
        for place, step in enumerate(ERASURE_STEPS)
    ]
    return SagaView(str(uuid4()), account_id, AT, AT if done == len(ERASURE_STEPS) else None, steps)


class ListedSagas:
    """What operators are shown: a list, newest first, and how many alarm."""

    def __init__(self) -> None:
        self.held: list[SagaView] = []

    async def saga(self, saga_id: str) -> SagaView | None:
        return next((each for each in self.held if each.saga_id == saga_id), None)

    async def sagas(self, cursor: str | None, limit: int) -> tuple[Sequence[SagaView], str | None]:
        return page("sagas", self.held, cursor, limit)

    async def alarming(self) -> int:
        return 3


@dataclass
class Rig:
    edge: Edge
    reader: ListedSagas
    operator: Mapping[str, str]
    user: Mapping[str, str]
    account_id: str

    async def get(self, path: str, headers: Mapping[str, str], **query: str) -> Any:
        return await self.edge.client.get(
            f"/ops/sagas{path}", params=query, headers=headers, allow_redirects=False
        )


@pytest.fixture
async def rig(make_edge: MakeEdge) -> Rig:
    reader = ListedSagas()
    ports = sagas.SagaPorts(reader, pages.sagas, pages.saga)

    def routes(app: Any) -> None:
        sagas.register(app, ports)
        pages.register(app)

    edge: Edge = await make_edge(routes)
    user = bearer((await edge.tokens("minsu"))["accessToken"])
    operator = await edge.operator()
    account_id = edge.accounts.by_handle["minsu"].account.account_id
    return Rig(edge, reader, operator, user, account_id)


async def test_operators_see_every_erasure_by_pages(rig: Rig) -> None:
    rig.reader.held = [view(str(uuid4())) for _ in range(3)]
    first = await (await rig.get("", rig.operator, limit="2")).json()
    assert (len(first["sagas"]), first["alarms"]) == (2, 3)
    rest = await (await rig.get("", rig.operator, limit="2", cursor=first["cursor"])).json()
    shown = [each["sagaId"] for each in (*first["sagas"], *rest["sagas"])]
    assert shown == [each.saga_id for each in rig.reader.held]
    assert rest["cursor"] is None


@pytest.mark.parametrize(
    ("done", "attempts", "state"),
    [(1, 1, "running"), (1, ALARM_ATTEMPTS, "alarm"), (len(ERASURE_STEPS), 1, "done")],
)
async def test_the_state_and_in_the_end_the_receipt(
    rig: Rig, done: int, attempts: int, state: str
) -> None:
    rig.reader.held = [view(str(uuid4()), done=done, attempts=attempts)]
    saga = (await (await rig.get("", rig.operator)).json())["sagas"][0]
    assert saga["state"] == state
    assert (saga["receipt"] is not None) == (state == "done")
    assert saga["steps"][0]["problem"] == "secret problem"
    if saga["receipt"]:
        assert saga["receipt"]["forgottenAt"] > AT
        assert saga["receipt"]["kept"] == list(sagas.KEPT)


@pytest.mark.parametrize(
    ("language", "lines", "events"),
    [
        ("en", "server log lines", "what happened, by account number only"),
        ("ko", "서버 로그", "계정 번호로만 남는 활동 기록"),
    ],
)
async def test_the_page_has_words_for_what_was_erased_and_what_stays(
    rig: Rig, language: str, lines: str, events: str
) -> None:
    asked = {**rig.operator, **HTML, "Accept-Language": language}
    shown = await (await rig.get(f"/{uuid4()}", asked)).text()
    assert f'"saga.erased.logLines": {json.dumps(lines)}' in shown
    assert f'"saga.kept.eventsByAccountId": {json.dumps(events)}' in shown


async def test_others_do_not_see_the_list(rig: Rig) -> None:
    assert (await fault_of(await rig.get("", rig.user)))[:2] == (403, "ACCESS_DENIED")
    assert (await fault_of(await rig.get("", {})))[:2] == (401, "NOT_AUTHENTICATED")


async def test_the_erased_account_sees_its_own_with_its_last_token_and_no_problems(
    rig: Rig,
) -> None:
    mine, other = view(rig.account_id), view(str(uuid4()))
    rig.reader.held = [mine, other]
    farewell = await rig.edge.client.delete(
        "/user/me", json={"password": PASSWORD}, headers=rig.user
    )
    assert farewell.status == 202
    for revoked in rig.edge.news.told:
        rig.edge.revocations.apply(revoked.sid, rig.edge.clock.now + 600)
    assert (await rig.edge.me(rig.user["Authorization"].split()[1])).status == 401
    shown = await (await rig.get(f"/{mine.saga_id}", rig.user)).json()
    assert shown["sagaId"] == mine.saga_id
    assert {each["problem"] for each in shown["steps"]} == {""}
    refused = await fault_of(await rig.get(f"/{other.saga_id}", rig.user))
    assert refused[:2] == (403, "ACCESS_DENIED")


async def test_an_unknown_erasure_is_not_found_and_a_wrong_id_is_named(rig: Rig) -> None:
    assert (await fault_of(await rig.get(f"/{uuid4()}", rig.operator)))[:2] == (404, "NOT_FOUND")
    status, code, details = await fault_of(await rig.get("/nonsense", rig.operator))
    assert (status, code, details["field"]) == (400, "INVALID_INPUT", "sagaId")


async def test_browsers_get_pages(rig: Rig) -> None:
    page = await rig.get("", {**rig.operator, **HTML})
    assert (page.status, page.content_type) == (200, "text/html")
    assert (await rig.get("", {**rig.user, **HTML})).status == 403
    own = await rig.get(f"/{uuid4()}", HTML)
    assert (own.status, own.content_type) == (200, "text/html")
