"""Friends, blocks and the search of people over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.web import Application

from chatstream.domain.people import FriendAct
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.copies import BlockFact
from chatstream.ports.people import FriendChangeWish
from chatstream.settings import LimitSettings
from schemas import records
from schemas.contexts.friends import FRIEND
from tests.fakes.copies import HastyCopies, PromptCopies
from tests.fakes.people import FakePeople
from tests.unit.web.edge import ORIGIN, Edge, bearer, fault_of
from web import people

AT = "2026-11-21T12:00:00.000Z"
ACTS = {
    records.AddFriend: FriendAct.ADD,
    records.RemoveFriend: FriendAct.REMOVE,
    records.BlockUser: FriendAct.BLOCK,
    records.UnblockUser: FriendAct.UNBLOCK,
}


@dataclass
class FriendWishes:
    """Answers at once, what the agent would."""

    people: FakePeople
    asked: list[tuple[str, str, records.FriendWish, tuple[str, ...]]] = field(default_factory=list)
    fault: UserError | None = None

    async def ask(self, topic: str, wish: Any) -> object:
        assert isinstance(wish, records.FriendWish)
        self.asked.append((topic, wish.key, wish, wish.identity))
        if self.fault is not None:
            raise self.fault
        outcome = self.people.judge(
            0,
            FriendChangeWish(
                0,
                wish.request_id,
                wish.account_id,
                wish.user_id,
                ACTS[type(wish)],
                wish.target_user_id,
            ),
        )
        base: Any = {"request_id": wish.request_id, "account_id": wish.account_id}
        if outcome.change is not None:
            return records.friend_fact(wish.request_id, wish.account_id, outcome.change)
        if outcome.code is not None:
            return records.FriendRefused(
                **base, code=str(outcome.code), reason=outcome.reason, at=AT
            )
        return records.FriendUnchanged(**base, at=AT)

    def congested(self, key: str) -> bool:
        return False


@dataclass
class World:
    """The edge with three people; `call` acts as one of them."""

    edge: Edge
    people: FakePeople
    wishes: FriendWishes
    chat: PromptCopies
    tokens: dict[str, str] = field(default_factory=dict)

    async def sign_up(self, *handles: str) -> None:
        for handle in handles:
            self.tokens[handle] = (await self.edge.tokens(handle))["accessToken"]
            account = self.edge.accounts.by_handle[handle].account
            self.people.add(account.account_id, handle, f"{handle} 이름")

    async def call(self, who: str, method: str, path: str, **options: Any) -> ClientResponse:
        headers = bearer(self.tokens[who]) | options.pop("headers", {})
        return await self.edge.client.request(method, path, headers=headers, **options)

    async def list(self, who: str, what: str) -> list[str]:
        response = await self.call(who, "GET", f"/user/{what}")
        assert response.status == 200
        return [one["userId"] for one in (await response.json())[what]]


@pytest.fixture
async def make_world(make_edge: Callable[..., Any]) -> Callable[..., Any]:
    async def make(**given: float) -> World:
        fake, limits = FakePeople(), LimitSettings(**given)
        wishes = FriendWishes(fake)

        chat = PromptCopies()
        copies = HastyCopies(chat, limits.wish_timeout)

        def routes(app: Application) -> None:
            people.register(app, limits, people.PeoplePorts(wishes, fake, copies))

        world = World(await make_edge(routes, limits=limits), fake, wishes, chat)
        await world.sign_up("minsu", "jieun", "alex")
        return world

    return make


@pytest.fixture
async def world(make_world: Callable[..., Any]) -> World:
    made: World = await make_world()
    return made


async def test_a_friend_is_added_listed_and_removed(world: World) -> None:
    assert await world.list("minsu", "friends") == []
    added = await world.call("minsu", "PUT", "/user/friends/jieun")
    assert (added.status, await added.text()) == (204, "")
    response = await world.call("minsu", "GET", "/user/friends")
    assert await response.json() == {
        "friends": [{"userId": "jieun", "name": "jieun 이름"}],
        "cursor": None,
    }
    assert await world.list("jieun", "friends") == []
    assert (await world.call("minsu", "DELETE", "/user/friends/jieun")).status == 204
    assert await world.list("minsu", "friends") == []


async def test_a_block_is_made_listed_and_ended(world: World) -> None:
    await world.call("minsu", "PUT", "/user/friends/jieun")
    assert (await world.call("minsu", "PUT", "/user/blocks/jieun")).status == 204
    response = await world.call("minsu", "GET", "/user/blocks")
    assert await response.json() == {
        "blocks": [{"userId": "jieun", "name": "jieun 이름"}],
        "cursor": None,
    }
    assert await world.list("minsu", "friends") == []
    assert await world.list("jieun", "blocks") == []
    assert (await world.call("minsu", "DELETE", "/user/blocks/jieun")).status == 204
    assert await world.list("minsu", "blocks") == []


@pytest.mark.parametrize("what", ["friends", "blocks"])
async def test_repeating_a_call_answers_the_same_and_changes_nothing(
    world: World, what: str
) -> None:
    for method in ("PUT", "PUT", "DELETE", "DELETE"):
        assert (await world.call("minsu", method, f"/user/{what}/jieun")).status == 204
    assert len(world.people.facts) == 2
    assert await world.list("minsu", what) == []


async def test_the_wish_names_the_caller_of_the_token_and_the_handle_of_the_path(
    world: World,
) -> None:
    await world.call(
        "minsu", "PUT", "/user/friends/jieun?userId=alex", json={"userId": "alex", "accountId": "x"}
    )
    ((topic, key, wish, identity),) = world.wishes.asked
    assert (topic, key, identity) == (
        FRIEND.request.name,
        world.people.ids["minsu"],
        (wish.request_id,),
    )
    assert isinstance(wish, records.AddFriend)
    assert (wish.account_id, wish.user_id, wish.target_user_id) == (key, "minsu", "jieun")
    assert await world.list("alex", "friends") == []


@pytest.mark.parametrize("what", ["friends", "blocks"])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("target", ["nobody", "No%20Handle", "a", "%00abc"])
async def test_an_unknown_user_is_not_found(
    world: World, what: str, method: str, target: str
) -> None:
    response = await world.call("minsu", method, f"/user/{what}/{target}")
    assert (await fault_of(response))[:2] == (404, "USER_NOT_FOUND")


@pytest.mark.parametrize("what", ["friends", "blocks"])
async def test_nobody_adds_or_blocks_oneself(world: World, what: str) -> None:
    response = await world.call("minsu", "PUT", f"/user/{what}/minsu")
    assert (await fault_of(response))[:2] == (400, "CANNOT_ADD_SELF")


async def test_a_blocked_user_neither_finds_nor_adds_the_blocker(world: World) -> None:
    await world.call("minsu", "PUT", "/user/blocks/jieun")
    found = await world.call("jieun", "GET", "/user/search?q=minsu")
    assert await found.json() == {"users": []}
    added = await world.call("jieun", "PUT", "/user/friends/minsu")
    assert (await fault_of(added))[:2] == (404, "USER_NOT_FOUND")
    own = await world.call("minsu", "PUT", "/user/friends/jieun")
    assert (await fault_of(own))[:2] == (403, "BLOCKED")


async def test_search_answers_handle_name_and_what_one_decided(world: World) -> None:
    await world.call("minsu", "PUT", "/user/friends/alex")
    response = await world.call("minsu", "GET", "/user/search?q=@ALEX")
    assert await response.json() == {
        "users": [{"userId": "alex", "name": "alex 이름", "isFriend": True, "isBlocked": False}]
    }


async def test_search_answers_at_most_twenty(world: World) -> None:
    for number in range(25):
        world.people.add(f"id-{number}", f"many-{number:02d}", "이름")
    response = await world.call("minsu", "GET", "/user/search?q=many")
    users = (await response.json())["users"]
    assert [one["userId"] for one in users] == [f"many-{number:02d}" for number in range(20)]


@pytest.mark.parametrize("query", ["", "?q=", "?q=a", "?q=%20a%20", "?q=@a", f"?q={'a' * 41}"])
async def test_a_search_needs_two_characters(world: World, query: str) -> None:
    status, code, details = await fault_of(await world.call("minsu", "GET", f"/user/search{query}"))
    assert (status, code, details["field"]) == (400, "INVALID_INPUT", "q")


async def test_searches_of_an_account_are_limited(make_world: Callable[..., Any]) -> None:
    world = await make_world(people_searches_per_account=2)
    for _ in range(2):
        assert (await world.call("minsu", "GET", "/user/search?q=alex")).status == 200
    refused = await world.call("minsu", "GET", "/user/search?q=alex")
    assert (await fault_of(refused))[:2] == (429, "RATE_LIMITED")
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert (await world.call("jieun", "GET", "/user/search?q=alex")).status == 200


async def test_searches_of_an_address_are_limited(make_world: Callable[..., Any]) -> None:
    world = await make_world(people_searches_per_address=2)
    for who in ("minsu", "jieun"):
        assert (await world.call(who, "GET", "/user/search?q=alex")).status == 200
    refused = await world.call("alex", "GET", "/user/search?q=minsu")
    assert (await fault_of(refused))[:2] == (429, "RATE_LIMITED")


async def test_changes_of_an_account_are_limited(make_world: Callable[..., Any]) -> None:
    world = await make_world(changes_per_minute=2)
    for method in ("PUT", "DELETE"):
        assert (await world.call("minsu", method, "/user/friends/jieun")).status == 204
    for method, what in product(("PUT", "DELETE"), ("friends", "blocks")):
        refused = await world.call("minsu", method, f"/user/{what}/jieun")
        assert (await fault_of(refused))[:2] == (429, "RATE_LIMITED")
        assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert (await world.call("jieun", "PUT", "/user/friends/minsu")).status == 204


@pytest.mark.parametrize(
    ("method", "path"), [(method, path.format(userId="jieun")) for method, path, _ in people.ROUTES]
)
async def test_a_stranger_is_refused(world: World, method: str, path: str) -> None:
    response = await world.edge.client.request(method, f"{path}?q=alex")
    assert (await fault_of(response))[:2] == (401, "NOT_AUTHENTICATED")


async def test_under_the_cookie_a_change_needs_a_page_of_the_same_origin(world: World) -> None:
    cookie = {"Cookie": f"access={world.tokens['minsu']}"}
    client = world.edge.client
    foreign = await client.put("/user/friends/jieun", headers=cookie)
    assert (await fault_of(foreign))[:2] == (403, "ACCESS_DENIED")
    own = await client.put("/user/friends/jieun", headers=cookie | {"Origin": ORIGIN})
    assert own.status == 204


async def test_a_store_that_is_away_is_told_with_retry_after(world: World) -> None:
    world.wishes.fault = UserError(ErrorCode.STORE_UNAVAILABLE, retry_after=1.5)
    refused = await world.call("minsu", "PUT", "/user/friends/jieun")
    assert (await fault_of(refused))[:2] == (503, "STORE_UNAVAILABLE")
    assert refused.headers["Retry-After"] == "2"


@pytest.mark.parametrize("what", ["friends", "blocks"])
async def test_a_long_list_has_a_cursor(world: World, what: str) -> None:
    for who in ("jieun", "alex"):
        await world.call("minsu", "PUT", f"/user/{what}/{who}")
    first = await (await world.call("minsu", "GET", f"/user/{what}?limit=1")).json()
    assert [one["userId"] for one in first[what]] == ["alex"]
    query = f"?limit=1&cursor={first['cursor']}"
    second = await (await world.call("minsu", "GET", f"/user/{what}{query}")).json()
    assert ([one["userId"] for one in second[what]], second["cursor"]) == (["jieun"], None)
    refused = await world.call("minsu", "GET", f"/user/{what}?limit=501")
    assert (await fault_of(refused))[2]["field"] == "limit"


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("repeats", [1, 2])
async def test_a_block_and_its_end_are_answered_when_the_rooms_are_judged_by_them(
    make_world: Callable[..., Any], method: str, repeats: int
) -> None:
    """503 is repeated: the second time nothing changes, and the fact of the first must be there."""
    world = await make_world(wish_timeout=0.1)
    if method == "DELETE":
        await world.call("minsu", "PUT", "/user/blocks/jieun")
    world.chat.asked.clear()
    world.chat.is_late = True
    for _ in range(repeats):
        refused = await world.call("minsu", method, "/user/blocks/jieun")
        assert (await fault_of(refused))[:2] == (503, "STORE_UNAVAILABLE")
        assert refused.headers["Retry-After"] == "1"
    world.chat.is_late = False
    assert (await world.call("minsu", method, "/user/blocks/jieun")).status == 204
    number = 1 if method == "PUT" else 2
    asked = {fact for each in world.chat.asked for fact in each}
    assert asked == {BlockFact(world.people.ids["minsu"], world.people.ids["jieun"], number)}


async def test_what_no_room_is_judged_by_is_waited_for_by_nobody(world: World) -> None:
    world.chat.asked.clear()
    for method, what in (("PUT", "friends"), ("DELETE", "friends"), ("DELETE", "blocks")):
        assert (await world.call("minsu", method, f"/user/{what}/jieun")).status == 204
    assert world.chat.asked == []
