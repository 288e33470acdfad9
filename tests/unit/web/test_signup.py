"""A signup is answered once, when everybody can invite the account; else it is repeated."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import ClientResponse

from chatstream.errors import ErrorCode, UserError
from chatstream.ports.copies import AccountFact
from tests.fakes.accounts import DAY, FakeAccounts
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.edge import PASSWORD, Edge, fault_of

WITHIN = 0.5
TAKEN = {"field": "userId"}
LATER = WITHIN + 2  # whoever made the account has given up


@pytest.fixture
async def hasty(make_edge: MakeEdge) -> Edge:
    """An edge whose calls give up soon; its clock of signups is moved by hand."""
    made: Edge = await make_edge(limits={"wish_timeout": WITHIN})
    made.signups.clock = made.clock
    return made


def later(edge: Edge, user_id: str = "minsu", seconds: float = LATER) -> None:
    """Let the account be so old."""
    created = edge.accounts.by_handle[user_id].account.created_at
    edge.clock.now = edge.signups.made_at(created) + seconds


async def unanswered(edge: Edge, user_id: str = "minsu") -> None:
    """Make an account whose signup ends with 503."""
    edge.chat.is_late = True
    refused = await edge.signup(user_id)
    assert (await fault_of(refused))[:2] == (503, "STORE_UNAVAILABLE")
    assert refused.headers["Retry-After"] == "1"
    edge.chat.is_late = False
    assert user_id in edge.accounts.by_handle


async def body_of(response: ClientResponse) -> Any:
    return await response.json()


async def test_it_waits_for_the_fact_that_the_account_exists(hasty: Edge) -> None:
    await unanswered(hasty)
    account = hasty.accounts.by_handle["minsu"].account
    assert hasty.chat.asked[-1] == [AccountFact(account.account_id, 1)]
    assert hasty.signups.told == {}


async def test_a_new_handle_ends_with_a_letter_or_a_digit(edge: Edge) -> None:
    refused = await edge.signup("minsu.")
    status, code, details = await fault_of(refused)
    assert (status, code, details["field"]) == (400, "INVALID_INPUT", "userId")
    assert edge.wishes.asked == []


async def test_the_repeat_of_a_signup_that_was_not_answered_gets_its_201_once(hasty: Edge) -> None:
    await unanswered(hasty)
    later(hasty)
    made = hasty.accounts.by_handle["minsu"].account
    repeated = await hasty.signup()
    assert repeated.status == 201
    assert await body_of(repeated) == {
        "userId": "minsu",
        "name": made.name,
        "createdAt": made.created_at,
    }
    assert await fault_of(await hasty.signup()) == (409, "USER_EXISTS", TAKEN)
    assert len(hasty.wishes.asked) == 1


async def test_a_repeat_is_answered_no_sooner_than_the_account_is_known(hasty: Edge) -> None:
    await unanswered(hasty)
    later(hasty)
    hasty.chat.away = True
    assert (await fault_of(await hasty.signup()))[:2] == (503, "STORE_UNAVAILABLE")
    hasty.chat.away = False
    assert (await hasty.signup()).status == 201


@pytest.mark.parametrize(
    "changes",
    [{"password": "another password"}, {"name": "지은"}],
    ids=["another password", "another name"],
)
async def test_whoever_differs_from_it_is_told_that_the_handle_is_taken(
    hasty: Edge, changes: dict[str, str]
) -> None:
    await unanswered(hasty)
    later(hasty)
    assert await fault_of(await hasty.signup(**changes)) == (409, "USER_EXISTS", TAKEN)
    assert (await hasty.signup()).status == 201


async def test_passwords_are_tried_no_more_often_than_at_a_login(hasty: Edge) -> None:
    await unanswered(hasty)
    later(hasty)
    for _ in range(10):
        refused = await hasty.signup(password="another password")
        assert (await fault_of(refused))[:2] == (409, "USER_EXISTS")
    for refused in (await hasty.signup(password="another password"), await hasty.signup()):
        assert (await fault_of(refused))[:2] == (429, "RATE_LIMITED")
        assert int(refused.headers["Retry-After"]) > 800
    assert (await fault_of(await hasty.login()))[:2] == (429, "RATE_LIMITED")


async def test_the_password_of_an_answered_signup_is_not_looked_at(hasty: Edge) -> None:
    await hasty.signup()
    later(hasty)
    for password in (PASSWORD, "another password"):
        assert (await fault_of(await hasty.signup(password=password)))[:2] == (409, "USER_EXISTS")
    assert hasty.passwords.verified == []
    assert hasty.attempts.begun == {}


async def test_after_a_day_the_handle_is_taken_for_everybody(hasty: Edge) -> None:
    await unanswered(hasty)
    later(hasty, seconds=DAY + 1)
    assert (await fault_of(await hasty.signup()))[:2] == (409, "USER_EXISTS")


async def test_while_its_maker_may_wait_the_201_is_theirs(hasty: Edge) -> None:
    """A second call at the same time learns how the first ended, or that it may repeat."""
    hasty.chat.is_late = True
    first = asyncio.create_task(hasty.signup())
    await hasty.chat.changes.until(lambda: bool(hasty.chat.asked))
    later(hasty, seconds=0)
    second = await hasty.signup()
    assert (await fault_of(second))[:2] == (503, "STORE_UNAVAILABLE")
    assert hasty.passwords.verified == []
    assert (await first).status == 503


async def test_of_many_equal_signups_at_once_one_gets_the_201(make_edge: MakeEdge) -> None:
    edge = await make_edge(limits={"signups_per_minute": 1000})
    answers = await asyncio.gather(*(edge.signup() for _ in range(30)))
    assert sorted(each.status for each in answers) == [201] + [409] * 29
    assert edge.attempts.begun == {}, "nobody's password was tried"
    assert (await edge.login()).status == 200


async def test_a_signup_whose_outcome_never_came_is_repeated(
    hasty: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The former wish is carried out first; its repeat is refused, and finds the account."""
    await unanswered(hasty)
    later(hasty)
    found = [None, *[await hasty.accounts.credentials("minsu")] * 2]

    async def credentials(user_id: str) -> Any:
        return found.pop(0)

    monkeypatch.setattr(hasty.accounts, "credentials", credentials)
    monkeypatch.setattr(hasty.signups, "accounts", FakeAccounts())
    hasty.signups.accounts.by_handle = hasty.accounts.by_handle
    assert (await hasty.signup()).status == 201
    assert len(hasty.wishes.asked) == 2


async def test_the_outcome_is_waited_for_no_longer_than_the_call_may_take(
    hasty: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the password took is gone from it."""

    async def never(*_: object) -> object:
        return await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(hasty.wishes, "ask", never)
    hasty.chat.away = True
    async with asyncio.timeout(20):
        refused = await hasty.signup()
    assert (await fault_of(refused))[:2] == (503, "STORE_UNAVAILABLE")
    assert refused.headers["Retry-After"] == "1"


async def test_a_refusal_of_the_agent_is_told(edge: Edge) -> None:
    edge.wishes.fault = UserError(ErrorCode.BUSY, retry_after=1.5)
    assert (await fault_of(await edge.signup()))[:2] == (503, "BUSY")
