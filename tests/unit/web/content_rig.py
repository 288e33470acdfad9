"""The calls of posts over fakes, behind a real aiohttp server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import ClientResponse
from aiohttp.web import Application, Request, Response, StreamResponse

from schemas import records
from tests.fakes.changes import Changes
from tests.fakes.contents import AT, CONTENT_ID, FakeContents
from tests.fakes.wishes import FakeWishes
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.edge import bearer
from web.contents import lists, posts, reactions, reviews, searching, subscriptions
from web.contents.viewing import Viewing
from web.edge.limits import PerMinute

ONE = f"/content/{CONTENT_ID}"
TIME = "2026-12-01T12:00:00.000Z"
BODY: dict[str, Any] = {"contentId": CONTENT_ID, "title": "겨울 바다", "body": "**눈**이 와요."}


def written(wish: Any, version: int = 1) -> records.VersionWritten:
    """There is a new version."""
    return records.VersionWritten(
        **_told(wish), author_id=wish.account_id, version=version, title="", body="", fact_no=1
    )


def deleted(wish: Any) -> records.ContentDeleted:
    """The post is deleted."""
    return records.ContentDeleted(**_told(wish), author_id=wish.account_id, fact_no=7)


def unchanged(version: int | None = None, state: Any = None) -> Callable[[Any], object]:
    """It was so already."""

    def answer(wish: Any) -> object:
        return records.ContentUnchanged(**_told(wish), version=version, state=state)

    return answer


def refused(code: str, reason: str = "", latest: int | None = None) -> Callable[[Any], object]:
    """The wish is refused, whatever it is about."""

    def answer(wish: Any) -> object:
        if isinstance(wish, records.SubscriptionAsked):
            told = {name: each for name, each in _told(wish).items() if name != "content_id"}
            return records.SubscriptionRefused(
                **told, author_id=wish.author_id, code=code, reason=reason
            )
        if isinstance(wish, records.InspectionAsked):
            return records.InspectionWishRefused(
                **_told(wish), version=wish.version, code=code, reason=reason, latest=latest
            )
        return records.ContentWishRefused(**_told(wish), code=code, reason=reason, version=latest)

    return answer


def _told(wish: Any) -> dict[str, Any]:
    content_id = getattr(wish, "content_id", "")
    return {
        "request_id": wish.request_id,
        "account_id": wish.account_id,
        "content_id": content_id,
        "at": TIME,
    }


@dataclass(frozen=True)
class Limits:
    """What a front allows in a minute."""

    writes: int = 60
    previews: int = 60
    changes: int = 60
    searches: int = 60


@dataclass
class Rig:
    """People over fakes; `now` is the clock, `wishes.answer` makes the outcomes."""

    now: datetime = AT
    contents: FakeContents = field(default_factory=FakeContents)
    limits: Limits = field(default_factory=Limits)
    settled: list[tuple[str, int | None]] = field(default_factory=list)

    async def start(self, make_edge: MakeEdge) -> Rig:
        self.wishes = FakeWishes(written, Changes())
        self.viewing = Viewing(self.wishes, lambda: self.now)
        self.edge = await make_edge(self._routes)
        self.headers = bearer((await self.edge.tokens())["accessToken"])
        self.account_id = self.edge.accounts.by_handle["minsu"].account.account_id
        return self

    def _routes(self, app: Application) -> None:
        contents, limits = self.contents, self.limits
        changes = PerMinute(limits.changes)
        lists.register(app, lists.ListPorts(contents, contents, contents))
        subscriptions.register(
            app, subscriptions.SubscriptionPorts(self.wishes, contents, contents, changes)
        )
        posts.register(
            app,
            posts.PostPorts(
                wishes=self.wishes,
                contents=contents,
                viewing=self.viewing,
                writes=PerMinute(limits.writes),
                previews=PerMinute(limits.previews),
                page=_page,
                settle=self._settle,
            ),
        )
        reactions.register(app, reactions.ReactionPorts(self.wishes, contents, changes))
        searches = PerMinute(limits.searches)
        searching.register(app, searching.PostSearchPorts(contents, contents, contents, searches))
        reviews.register(app, reviews.ReviewPorts(self.wishes, contents, _page))

    async def call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> ClientResponse:
        """A call of the rig's login."""
        headers = self.headers | (headers or {})
        response: ClientResponse = await self.edge.client.request(
            method, path, json=body, headers=headers
        )
        return response

    async def _settle(self, content_id: str, fact_no: int | None) -> None:
        self.settled.append((content_id, fact_no))

    @property
    def asked(self) -> list[Any]:
        """The wishes that were asked, in order."""
        return [wish for _, _, wish, _ in self.wishes.asked]


async def _page(request: Request) -> StreamResponse:
    return Response(text="<!doctype html>", content_type="text/html")
