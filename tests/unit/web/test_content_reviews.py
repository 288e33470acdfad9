"""The operators' queue over HTTP: what waits for a person, and what is decided."""

from __future__ import annotations

from typing import Any

import pytest

from schemas import records
from schemas.contexts.contents import INSPECTION
from tests.fakes.contents import CONTENT_ID, inspection_of
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.content_rig import TIME, Rig, refused
from tests.unit.web.edge import fault_of

ALL, ONE = "/ops/inspections", f"/ops/inspections/{CONTENT_ID}"
DECISION = {"version": 2, "decision": "refuse", "reason": "광고예요"}


@pytest.fixture
async def rig(make_edge: MakeEdge) -> Rig:
    rig = await Rig().start(make_edge)
    rig.headers = await rig.edge.operator()
    rig.wishes.answer = decided
    return rig


def decided(wish: Any) -> object:
    """The verdict is the operator's."""
    verdict: Any = "accepted" if wish.decision == "accept" else "refused"
    return records.VerdictGiven(
        request_id=wish.request_id,
        account_id=wish.account_id,
        content_id=wish.content_id,
        version=wish.version,
        author_id="",
        fact_no=1,
        verdict=verdict,
        judge="operator",
        note=wish.note,
        at=TIME,
    )


async def test_what_waits_is_shown_beside_what_everybody_sees(rig: Rig) -> None:
    rig.contents.queue = [inspection_of(text="다시요"), inspection_of("b", state="refused")]
    page = await (await rig.call("GET", ALL)).json()
    (shown,) = page["inspections"]
    versions = {name: shown.pop(name) for name in ("inspected", "published")}
    assert shown == {
        "contentId": CONTENT_ID,
        "author": {"userId": "jieun", "name": "지은"},
        "state": "review",
        "since": TIME,
        "judge": "rules",
        "text": "다시요",
    }
    assert (versions["inspected"]["version"], versions["published"]["version"]) == (2, 1)
    assert versions["inspected"]["reasons"] == ["links"]
    assert versions["inspected"]["html"] == "<p><em>body</em> 2</p>\n"


async def test_the_queue_is_read_by_state_and_page_by_page(rig: Rig) -> None:
    rig.contents.queue = [
        inspection_of(each, state="refused", author_id=None, user_id=None, published=None)
        for each in "abc"
    ]
    assert (await (await rig.call("GET", ALL)).json())["inspections"] == []
    first = await (await rig.call("GET", f"{ALL}?state=refused&limit=2")).json()
    rest = await (
        await rig.call("GET", f"{ALL}?state=refused&limit=2&cursor={first['cursor']}")
    ).json()
    ids = [each["contentId"] for each in first["inspections"] + rest["inspections"]]
    assert ids == ["a", "b", "c"]
    assert (first["inspections"][0]["author"], first["inspections"][0]["published"]) == (None, None)
    for query in ("state=great", "cursor=x"):
        assert (await fault_of(await rig.call("GET", f"{ALL}?{query}")))[0] == 400


@pytest.mark.parametrize(("decision", "verdict"), [("accept", "accepted"), ("refuse", "refused")])
async def test_an_operator_decides_and_says_why(rig: Rig, decision: str, verdict: str) -> None:
    response = await rig.call("POST", ONE, DECISION | {"decision": decision})
    assert response.status == 200
    assert await response.json() == {"contentId": CONTENT_ID, "version": 2, "verdict": verdict}
    topic, key, wish, _ = rig.wishes.asked[0]
    assert (topic, key) == (INSPECTION.request.name, CONTENT_ID)
    assert isinstance(wish, records.ReviewVersion)
    assert (wish.version, wish.decision, wish.note) == (2, decision, "광고예요")


@pytest.mark.parametrize(
    ("code", "status", "latest"),
    [
        ("CONTENT_NOT_FOUND", 404, None),
        ("ALREADY_DECIDED", 409, None),
        ("VERSION_CONFLICT", 409, 3),
    ],
)
async def test_a_decision_that_comes_too_late_is_told(
    rig: Rig, code: str, status: int, latest: int | None
) -> None:
    rig.wishes.answer = refused(code, latest=latest)
    details = {} if latest is None else {"version": latest}
    assert await fault_of(await rig.call("POST", ONE, DECISION)) == (status, code, details)


@pytest.mark.parametrize(
    "change", [{"reason": " "}, {"reason": "x" * 501}, {"decision": "maybe"}, {"version": 0}]
)
async def test_a_decision_without_its_reason_is_refused(rig: Rig, change: dict[str, Any]) -> None:
    assert (await fault_of(await rig.call("POST", ONE, DECISION | change)))[0] == 400
    assert rig.asked == []


async def test_what_can_be_no_post_is_not_found(rig: Rig) -> None:
    found = await fault_of(await rig.call("POST", f"{ALL}/x", DECISION))
    assert found[:2] == (404, "CONTENT_NOT_FOUND")


async def test_members_neither_see_nor_decide(rig: Rig) -> None:
    token = {"Authorization": f"Bearer {(await rig.edge.tokens('jieun'))['accessToken']}"}
    for method, path, body in (("GET", ALL, None), ("POST", ONE, DECISION)):
        fault = await fault_of(await rig.call(method, path, body, headers=token))
        assert fault[:2] == (403, "ACCESS_DENIED")


async def test_a_browser_gets_the_page(rig: Rig) -> None:
    response = await rig.call("GET", ALL, headers={"Accept": "text/html"})
    assert response.content_type == "text/html"
