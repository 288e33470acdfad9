"""/content/subscriptions: whose posts the caller's feed shows."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web
from uuid_utils.compat import uuid7

from chatstream.domain.times import now_text, to_text
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.content_people import AuthorReader
from chatstream.ports.feeds import FeedReader
from chatstream.ports.wishes import WishSender
from schemas import records
from schemas.contexts.contents import SUBSCRIPTION
from web.contents.people import author_of
from web.contents.shapes import PostPageQuery, SubscriptionsView, SubscriptionView
from web.contents.wishes import STORES
from web.edge.bodies import answer, read_query
from web.edge.limits import PerMinute
from web.edge.middleware import caller_of
from web.edge.openapi import Route, mount, operation
from web.room_wishes import nobody
from web.shown_names import person_name

_Kind = type[records.SubscribeToAuthor | records.UnsubscribeFromAuthor]


@dataclass(frozen=True)
class SubscriptionPorts:
    """What the views of this module need; `changes` limits an account."""

    wishes: WishSender
    feeds: FeedReader
    authors: AuthorReader
    changes: PerMinute


class SubscriptionViews:
    """The handlers; all are safe to repeat."""

    def __init__(self, ports: SubscriptionPorts) -> None:
        self._ports = ports

    @operation("My subscriptions", query=PostPageQuery, answers={200: SubscriptionsView})
    async def list(self, request: web.Request) -> web.Response:
        """The caller's own, the latest first."""
        caller, query = caller_of(request), read_query(request, PostPageQuery)
        found, cursor = await self._ports.feeds.subscriptions(
            caller.account_id, cursor=query.cursor, limit=query.limit
        )
        shown = [
            SubscriptionView(
                user_id=each.user_id,
                name=person_name(each.user_name, each.user_id),
                since=to_text(each.since),
            )
            for each in found
        ]
        return answer(SubscriptionsView(subscriptions=shown, cursor=cursor))

    @operation(
        "Subscribe to an author",
        answers={204: None},
        errors=(ErrorCode.CANNOT_SUBSCRIBE_SELF, ErrorCode.USER_NOT_FOUND, *STORES),
    )
    async def subscribe(self, request: web.Request) -> web.Response:
        """The author's posts are in the feed, also older ones; 204 also when it is so already."""
        return await self._change(request, records.SubscribeToAuthor)

    @operation(
        "Unsubscribe from an author",
        answers={204: None},
        errors=(ErrorCode.USER_NOT_FOUND, *STORES),
    )
    async def unsubscribe(self, request: web.Request) -> web.Response:
        """The author's posts are in the feed no more; 204 also when it is so already."""
        return await self._change(request, records.UnsubscribeFromAuthor)

    async def _change(self, request: web.Request, kind: _Kind) -> web.Response:
        caller, user_id = caller_of(request), request.match_info["userId"]
        author = await author_of(self._ports.authors, "userId", user_id)
        self._ports.changes.hit(caller.account_id)
        wish = kind(
            request_id=str(uuid7()),
            account_id=caller.account_id,
            author_id=author.account_id,
            requested_at=now_text(),
        )
        outcome = await self._ports.wishes.ask(SUBSCRIPTION.request.name, wish)
        if isinstance(outcome, records.SubscriptionRefused):
            if outcome.code == ErrorCode.USER_NOT_FOUND:
                raise nobody("userId", [user_id])
            raise UserError(ErrorCode(outcome.code), outcome.reason)
        return web.Response(status=204)


ROUTES: tuple[Route, ...] = (
    ("GET", "/content/subscriptions", SubscriptionViews.list),
    ("PUT", "/content/subscriptions/{userId}", SubscriptionViews.subscribe),
    ("DELETE", "/content/subscriptions/{userId}", SubscriptionViews.unsubscribe),
)


def register(web_app: web.Application, ports: SubscriptionPorts) -> None:
    """Add the routes."""
    mount(web_app, ROUTES, SubscriptionViews(ports))
