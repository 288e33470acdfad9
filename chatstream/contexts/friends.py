"""Friends and blocks, wired."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from aiohttp.web import Application

from chatstream.wiring import Front, Parts, Process, Wiring, Worker
from schemas import databases, services
from schemas.contexts.friends import CONTEXT, ERASURE, FRIEND
from schemas.services import CHAT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatstream.ports.copies import CopyReader
    from web.live.news import News


def _friend(worker: Worker) -> None:
    from agents import friends
    from agents.copies import profiles
    from agents.erasure import steps
    from infra.postgres.friend_erasure import PostgresFriendEraser
    from infra.postgres.friend_move import await_arrival
    from infra.postgres.friends import PostgresFriends
    from infra.postgres.profiles import PostgresProfiles

    app, database = worker.app, worker.database(databases.FRIEND)
    app.before_start.append(partial(await_arrival, database))
    friends.register(app, PostgresFriends(database, worker.line(FRIEND, database)))
    copy = {database.name: PostgresProfiles(database)}
    profiles.register(app, services.FRIEND, copy, worker.recall)
    steps.register(app, ERASURE, steps.RowErasure(PostgresFriendEraser(database).erase))


def _chat(worker: Worker) -> None:
    """The chat databases have copies of the blocks."""
    from agents.copies import blocks
    from infra.postgres.blocks import PostgresBlocks

    blocks.register(worker.app, CHAT, worker.in_each(PostgresBlocks), worker.recall)


def _front(front: Front) -> Parts:
    from infra.postgres.people import PostgresPeople
    from web import people

    def own(web_app: Application) -> None:
        reader = PostgresPeople(front.process.database(databases.FRIEND))
        ports = people.PeoplePorts(front.wishes, reader, front.copies)
        people.register(web_app, front.process.settings.limits, ports)

    return Parts(
        hears=(front.answers(FRIEND, front.hub.tell),),
        own=own,
        elsewhere=people.ROUTES,
    )


def _copies(process: Process) -> Mapping[str, CopyReader]:
    """People are found by a copy of the accounts."""
    from infra.postgres.copies import PostgresAccountCopies

    database = process.database(databases.FRIEND)
    return {database.name: PostgresAccountCopies(database)}


def _news() -> News:
    from web.live.people import NEWS

    return NEWS


WIRING = Wiring(
    context=CONTEXT,
    serve={services.FRIEND: _friend, CHAT: _chat},
    front=_front,
    news=_news,
    copies=_copies,
)
