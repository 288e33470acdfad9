"""Friends, blocks and the search of people: /user/friends, /user/blocks, /user/search.

Every call is about the caller's own lists; the person it names is a handle in the path. Changes are
wishes answered by their outcome, lists are read from the friend database, both by the pool of
/user. A block and its end are answered when every chat database judges by them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web
from pydantic import Field
from uuid_utils.compat import uuid7

from chatstream.domain.accounts import is_handle
from chatstream.domain.people import search_prefix
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.copies import BlockFact
from chatstream.ports.people import Acquaintance, PeopleReader
from chatstream.ports.wishes import WishSender
from chatstream.settings import LimitSettings
from schemas import records
from schemas.contexts.friends import FRIEND
from web.copies import Copies
from web.edge.bodies import Shape, answer, read_query
from web.edge.limits import PerMinute
from web.edge.middleware import caller_address, caller_of
from web.edge.openapi import Route, mount, operation
from web.room_wishes import nobody
from web.shown_names import person_name

FOUND_MOST = 20
_STORES = (ErrorCode.RATE_LIMITED, ErrorCode.BUSY, ErrorCode.STORE_UNAVAILABLE)


class PeopleQuery(Shape):
    """The query of a list of people."""

    cursor: str | None = Field(None, min_length=1, max_length=1000)
    limit: int = Field(200, ge=1, le=500)


class PrefixQuery(Shape):
    """The query of the search: the beginning of a handle or of a name."""

    q: str = Field(description="2 to 40 characters; an @ before a handle is passed over")


class PersonView(Shape):
    """A person: the handle and the shown name."""

    user_id: str
    name: str


class FriendsView(Shape):
    """The caller's friends by name; `cursor` asks for the next page, null at the end."""

    friends: list[PersonView]
    cursor: str | None = None


class BlocksView(Shape):
    """Whom the caller blocks, by name; `cursor` asks for the next page, null at the end."""

    blocks: list[PersonView]
    cursor: str | None = None


class FoundPerson(PersonView):
    """A found person, and what the caller has decided about them."""

    is_friend: bool
    is_blocked: bool


class FoundView(Shape):
    """At most 20 people: by handle first, then by name."""

    users: list[FoundPerson]


@dataclass(frozen=True)
class PeoplePorts:
    """What the views of this module need."""

    wishes: WishSender
    people: PeopleReader
    copies: Copies


class PeopleViews:
    """The handlers."""

    def __init__(self, limits: LimitSettings, ports: PeoplePorts) -> None:
        self._ports = ports
        self._changes = PerMinute(limits.changes_per_minute)
        self._by_account = PerMinute(limits.people_searches_per_account)
        self._by_address = PerMinute(limits.people_searches_per_address)

    @operation("My friends", query=PeopleQuery, answers={200: FriendsView})
    async def friends(self, request: web.Request) -> web.Response:
        """The caller's own list."""
        caller, query = caller_of(request), read_query(request, PeopleQuery)
        found, cursor = await self._ports.people.friends(
            caller.account_id, query.cursor, query.limit
        )
        return answer(FriendsView(friends=_people(found), cursor=cursor))

    @operation("Whom I block", query=PeopleQuery, answers={200: BlocksView})
    async def blocks(self, request: web.Request) -> web.Response:
        """The caller's own list."""
        caller, query = caller_of(request), read_query(request, PeopleQuery)
        found, cursor = await self._ports.people.blocks(
            caller.account_id, query.cursor, query.limit
        )
        return answer(BlocksView(blocks=_people(found), cursor=cursor))

    @operation(
        "Add a friend",
        answers={204: None},
        errors=(
            ErrorCode.USER_NOT_FOUND,
            ErrorCode.CANNOT_ADD_SELF,
            ErrorCode.BLOCKED,
            *_STORES,
        ),
    )
    async def add(self, request: web.Request) -> web.Response:
        """204 also when it is one already; BLOCKED while the caller blocks this user."""
        await self._change(request, records.AddFriend)
        return web.Response(status=204)

    @operation("Remove a friend", answers={204: None}, errors=(ErrorCode.USER_NOT_FOUND, *_STORES))
    async def remove(self, request: web.Request) -> web.Response:
        """204 also when it is none."""
        await self._change(request, records.RemoveFriend)
        return web.Response(status=204)

    @operation(
        "Block a user",
        answers={204: None},
        errors=(ErrorCode.USER_NOT_FOUND, ErrorCode.CANNOT_ADD_SELF, *_STORES),
    )
    async def block(self, request: web.Request) -> web.Response:
        """204 also when it is so already; who is blocked leaves the caller's friends.

        From then on this user neither opens a direct room with the caller nor invites them; 503
        when that cannot be promised in time: it is stored, and the call may be repeated.
        """
        return await self._settle(request, records.BlockUser)

    @operation("Unblock a user", answers={204: None}, errors=(ErrorCode.USER_NOT_FOUND, *_STORES))
    async def unblock(self, request: web.Request) -> web.Response:
        """204 also when there is no block; a friend whom the block removed does not come back.

        From then on no room refuses the other because of it; 503 as for a block.
        """
        return await self._settle(request, records.UnblockUser)

    async def _settle(self, request: web.Request, kind: type[records.FriendWish]) -> web.Response:
        """Answer when every chat database judges by the change, or by the one that made it so."""
        deadline = self._ports.copies.deadline()
        outcome = await self._change(request, kind)
        if isinstance(outcome, records.UserBlocked | records.UserUnblocked):
            fact = BlockFact(outcome.account_id, outcome.target_id, outcome.fact_no)
        else:
            caller, target = caller_of(request), request.match_info["userId"]
            former = await self._ports.people.block_fact(caller.account_id, target)
            if former is None:
                return web.Response(status=204)
            fact = former
        await self._ports.copies.until(fact, deadline)
        return web.Response(status=204)

    async def _change(self, request: web.Request, kind: type[records.FriendWish]) -> object:
        """The outcome of the wish; its refusal is raised."""
        caller = caller_of(request)
        target = request.match_info["userId"]
        if not is_handle(target):
            raise nobody("userId", [target])
        self._changes.hit(caller.account_id)
        wish = kind(
            request_id=str(uuid7()),
            account_id=caller.account_id,
            user_id=caller.user_id,
            target_user_id=target,
            requested_at=now_text(),
        )
        outcome = await self._ports.wishes.ask(FRIEND.request.name, wish)
        if isinstance(outcome, records.FriendRefused):
            if outcome.code == ErrorCode.USER_NOT_FOUND:
                raise nobody("userId", [target])
            raise UserError(ErrorCode(outcome.code), outcome.reason)
        return outcome

    @operation(
        "Find people",
        query=PrefixQuery,
        answers={200: FoundView},
        errors=(ErrorCode.INVALID_INPUT, ErrorCode.RATE_LIMITED),
    )
    async def search(self, request: web.Request) -> web.Response:
        """By the beginning of a handle or a name; who blocks the caller is not found."""
        caller = caller_of(request)
        prefix = search_prefix(read_query(request, PrefixQuery).q)
        self._by_account.hit(caller.account_id)
        self._by_address.hit(caller_address(request))
        found = await self._ports.people.search(caller.account_id, prefix, FOUND_MOST)
        users = [
            FoundPerson(
                user_id=one.user_id,
                name=person_name(one.name, one.user_id),
                is_friend=one.is_friend,
                is_blocked=one.is_blocked,
            )
            for one in found
        ]
        return answer(FoundView(users=users))


def _people(found: Sequence[Acquaintance]) -> list[PersonView]:
    return [
        PersonView(user_id=one.user_id, name=person_name(one.name, one.user_id)) for one in found
    ]


# What the pool of /user serves; the other pool only describes it.
ROUTES: tuple[Route, ...] = (
    ("GET", "/user/friends", PeopleViews.friends),
    ("PUT", "/user/friends/{userId}", PeopleViews.add),
    ("DELETE", "/user/friends/{userId}", PeopleViews.remove),
    ("GET", "/user/blocks", PeopleViews.blocks),
    ("PUT", "/user/blocks/{userId}", PeopleViews.block),
    ("DELETE", "/user/blocks/{userId}", PeopleViews.unblock),
    ("GET", "/user/search", PeopleViews.search),
)


def register(web_app: web.Application, limits: LimitSettings, ports: PeoplePorts) -> None:
    """Add the routes: for the pool of /user."""
    mount(web_app, ROUTES, PeopleViews(limits, ports))
