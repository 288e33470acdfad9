"""Friends and blocks, wired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp.web import Application

from chatstream.wiring import Front, Parts, Wiring, Worker
from schemas.contexts.friends import CONTEXT, FRIEND
from schemas.services import CHAT, USER

if TYPE_CHECKING:
    from web.live.news import News


def _user(worker: Worker) -> None:
    from agents import friends
    from infra.postgres.friends import PostgresFriends

    line = worker.line(FRIEND, worker.auth)
    friends.register(worker.app, PostgresFriends(worker.auth, line))


def _chat(worker: Worker) -> None:
    """The chat databases have copies of the blocks."""
    from agents.copies import blocks
    from infra.postgres.blocks import PostgresBlocks

    blocks.register(worker.app, worker.in_each(PostgresBlocks), worker.recall)


def _front(front: Front) -> Parts:
    from infra.postgres.people import PostgresPeople
    from web import people

    def own(web_app: Application) -> None:
        reader = PostgresPeople(front.process.auth)
        ports = people.PeoplePorts(front.wishes, reader, front.copies)
        people.register(web_app, front.process.settings.limits, ports)

    return Parts(
        hears=(front.answers(FRIEND, front.hub.tell),),
        own=own,
        elsewhere=people.ROUTES,
    )


def _news() -> News:
    from web.live.people import NEWS

    return NEWS


WIRING = Wiring(context=CONTEXT, serve={USER: _user, CHAT: _chat}, front=_front, news=_news)
